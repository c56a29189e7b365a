"""Points and directions in space inside compiled code: (3,) float32 arrays, mm where they have a length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit

Floats = NDArray[np.float32]


@jit
def vector(x: float, y: float, z: float) -> Floats:
    """(3,) float32."""
    out = np.empty(3, np.float32)
    out[0], out[1], out[2] = x, y, z
    return out


@jit
def dot(a: Floats, b: Floats) -> float:
    """Inner product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@jit
def cross(a: Floats, b: Floats) -> Floats:
    """Outer product, right-handed."""
    return vector(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@jit
def unit(a: Floats) -> Floats:
    """The direction of a; the x axis where a has none."""
    length = np.sqrt(dot(a, a))
    if length < 1e-6:
        return vector(1, 0, 0)
    return vector(a[0] / length, a[1] / length, a[2] / length)


@jit
def along(point: Floats, direction: Floats, length: float) -> Floats:
    """point + length * direction."""
    return vector(point[0] + length * direction[0], point[1] + length * direction[1], point[2] + length * direction[2])


@jit
def scaled(a: Floats, length: float) -> Floats:
    """length * a."""
    return vector(length * a[0], length * a[1], length * a[2])


@jit
def square_to(axis: Floats, hint: Floats) -> Floats:
    """The unit vector at right angles to the unit vector `axis` that comes nearest to `hint`."""
    across = along(hint, axis, -dot(hint, axis))
    if dot(across, across) < 1e-6:
        other = vector(0, 0, 1) if abs(axis[2]) < 0.9 else vector(1, 0, 0)
        across = along(other, axis, -dot(other, axis))
    return unit(across)


@jit
def turned(a: Floats, axis: Floats, angle: float) -> Floats:
    """A vector turned about a unit axis by an angle in radians, right-handed (Rodrigues' formula)."""
    cos, sin = np.cos(angle), np.sin(angle)
    side = cross(axis, a)
    rest = dot(axis, a) * (1 - cos)
    return vector(
        a[0] * cos + side[0] * sin + axis[0] * rest,
        a[1] * cos + side[1] * sin + axis[1] * rest,
        a[2] * cos + side[2] * sin + axis[2] * rest,
    )


@jit
def any_direction(rng: np.random.Generator) -> Floats:
    """A direction drawn evenly from all."""
    return unit(vector(rng.normal(0.0, 1.0), rng.normal(0.0, 1.0), rng.normal(0.0, 1.0)))


@jit
def segment_distance(p: Floats, q: Floats, a: Floats, b: Floats) -> float:
    """The least distance between the segments p q and a b (Ericson, Real-Time Collision Detection, 5.1.9)."""
    u, v, w = along(q, p, -1), along(b, a, -1), along(p, a, -1)
    uu, vv, uv, uw, vw = dot(u, u), dot(v, v), dot(u, v), dot(u, w), dot(v, w)
    apart = uu * vv - uv * uv
    s = min(max((uv * vw - uw * vv) / apart, 0.0), 1.0) if apart > 1e-6 * uu * vv else 0.0
    t = (uv * s + vw) / vv if vv > 1e-9 else 0.0
    if t < 0 or t > 1:
        t = min(max(t, 0.0), 1.0)
        s = min(max((uv * t - uw) / uu, 0.0), 1.0) if uu > 1e-9 else 0.0
    gap = vector(w[0] + s * u[0] - t * v[0], w[1] + s * u[1] - t * v[1], w[2] + s * u[2] - t * v[2])
    return np.sqrt(dot(gap, gap))
