"""Where the ray of each pixel meets a round or flat body: the inner loops under `shapes3d`.

Every loop runs over the pixels a body may cover (`Spans`) and keeps the nearer surface. The ray of a pixel is D = ((j
- cx) / fx, (i - cy) / fy, 1), so a ray's parameter is its depth in mm. A body with a frame of its own comes as
`frame`, 13 float32: the rows of M, which turn the body into a unit ball, tube or cube; then -M C for its centre C;
then the depth z0 of its centre. A ray in that unit space is o + s e, with e = M D, o = z0 e - M C, and depth z0 + s:
starting beside the body, not at the camera, keeps float32 exact enough. Loops have no branches, so that they
vectorise.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit
from thenar.data.raster import NEAR_MM

Floats = NDArray[np.float32]
Ids = NDArray[np.uint8]
Spans = tuple[int, int, int, int, float, float, float, float]
"""The pixels a body may cover: first row, end row, first column, end column; and of these only the ones in a strip,
where low <= a u + b v <= high: a, b, low, high. A slanted finger fills its strip, not its box."""
Lens = tuple[float, float, float, float]
"""fx, fy, cx, cy of the window, float32."""
Frame = tuple[float, ...]

NEAR: Final = np.float32(NEAR_MM)
ZERO: Final = np.float32(0)
ONE: Final = np.float32(1)
INF: Final = np.float32(np.inf)


@jit
def paint_ellipsoid(depth: Floats, ids: Ids, spans: Spans, lens: Lens, frame: Frame, name: int) -> None:
    """The unit ball of `frame`: |o + s e| = 1, the nearer root."""
    fx, fy, cx, cy = lens
    label, step = np.uint8(name), ONE / fx
    for i in range(spans[0], spans[1]):
        first, end = _span(spans, i)
        depths, names = depth[i, first:end], ids[i, first:end]
        left = (np.float32(first) - cx) * step
        y = (np.float32(i) - cy) / fy
        for j in range(depths.size):
            x = left + np.float32(np.int32(j)) * step
            e0, e1, e2, o0, o1, o2 = _unit_ray(frame, x, y)
            a = e0 * e0 + e1 * e1 + e2 * e2
            b = e0 * o0 + e1 * o1 + e2 * o2
            c = o0 * o0 + o1 * o1 + o2 * o2 - ONE
            inside = b * b - a * c
            z = frame[12] - (b + np.sqrt(max(inside, ZERO))) / a
            hit = (inside > ZERO) & (z > NEAR) & (z < depths[j])
            depths[j] = z if hit else depths[j]
            names[j] = label if hit else names[j]


@jit
def paint_frustum(depth: Floats, ids: Ids, spans: Spans, lens: Lens, frame: Frame, top: float, name: int) -> None:
    """The unit tube of `frame` with flat ends: third axis in [-1, 1], radius 1 at -1 and `top` at +1.

    A ray enters through the end that faces it or through the side. Of the side's two roots only this one can be an
    entry: the nearer one, or, looking along a cone that widens away from the camera, the one on the cone's real half.
    """
    fx, fy, cx, cy = lens
    label, step = np.uint8(name), ONE / fx
    middle, grow = (ONE + top) / np.float32(2), (top - ONE) / np.float32(2)
    for i in range(spans[0], spans[1]):
        first, end = _span(spans, i)
        depths, names = depth[i, first:end], ids[i, first:end]
        left = (np.float32(first) - cx) * step
        y = (np.float32(i) - cy) / fy
        for j in range(depths.size):
            x = left + np.float32(np.int32(j)) * step
            e0, e1, e2, o0, o1, o2 = _unit_ray(frame, x, y)
            radius, wider = middle + grow * o2, grow * e2
            a = e0 * e0 + e1 * e1 - wider * wider
            b = e0 * o0 + e1 * o1 - wider * radius
            c = o0 * o0 + o1 * o1 - radius * radius
            inside = b * b - a * c
            side = -(b + np.sqrt(max(inside, ZERO))) / a
            nearest = side if (inside > ZERO) & (abs(o2 + side * e2) <= ONE) else INF
            face, size = (-ONE, ONE) if e2 > ZERO else (ONE, top)
            flat = (face - o2) / e2
            p0, p1 = o0 + flat * e0, o1 + flat * e1
            nearest = min(nearest, flat if p0 * p0 + p1 * p1 <= size * size else INF)
            z = frame[12] + nearest
            hit = (z > NEAR) & (z < depths[j])
            depths[j] = z if hit else depths[j]
            names[j] = label if hit else names[j]


@jit
def paint_box(depth: Floats, ids: Ids, spans: Spans, lens: Lens, frame: Frame, name: int) -> None:
    """The cube [-1, 1]^3 of `frame`: the ray is inside from the last of its three entries to the first of its exits."""
    fx, fy, cx, cy = lens
    label, step = np.uint8(name), ONE / fx
    for i in range(spans[0], spans[1]):
        first, end = _span(spans, i)
        depths, names = depth[i, first:end], ids[i, first:end]
        left = (np.float32(first) - cx) * step
        y = (np.float32(i) - cy) / fy
        for j in range(depths.size):
            x = left + np.float32(np.int32(j)) * step
            e0, e1, e2, o0, o1, o2 = _unit_ray(frame, x, y)
            i0, i1, i2 = ONE / e0, ONE / e1, ONE / e2
            enter = max(-o0 * i0 - abs(i0), -o1 * i1 - abs(i1), -o2 * i2 - abs(i2))
            leave = min(abs(i0) - o0 * i0, abs(i1) - o1 * i1, abs(i2) - o2 * i2)
            z = frame[12] + enter
            hit = (enter <= leave) & (z > NEAR) & (z < depths[j])
            depths[j] = z if hit else depths[j]
            names[j] = label if hit else names[j]


@jit
def paint_plate(depth: Floats, ids: Ids, spans: Spans, lens: Lens, frame: Frame, name: int) -> None:
    """The square [-1, 1]^2 of `frame` where its third axis is 0."""
    fx, fy, cx, cy = lens
    label, step = np.uint8(name), ONE / fx
    for i in range(spans[0], spans[1]):
        first, end = _span(spans, i)
        depths, names = depth[i, first:end], ids[i, first:end]
        left = (np.float32(first) - cx) * step
        y = (np.float32(i) - cy) / fy
        for j in range(depths.size):
            x = left + np.float32(np.int32(j)) * step
            e0, e1, e2, o0, o1, o2 = _unit_ray(frame, x, y)
            s = -o2 / e2
            z = frame[12] + s
            on_plate = (abs(o0 + s * e0) <= ONE) & (abs(o1 + s * e1) <= ONE)
            hit = on_plate & (z > NEAR) & (z < depths[j])
            depths[j] = z if hit else depths[j]
            names[j] = label if hit else names[j]


@jit
def paint_round_cone(
    depth: Floats, ids: Ids, spans: Spans, lens: Lens, ends: tuple[float, float, float, float, float, float],
    radius_a: float, radius_b: float, name: int,
) -> None:  # fmt: skip
    """Two balls and their common tangent cone: `ends` a, b in mm; a capsule when the radii are equal.

    After Inigo Quilez's ray / rounded cone intersection, from a start beside the body and without its branches.
    """
    fx, fy, cx, cy = lens
    label, step = np.uint8(name), ONE / fx
    ax, ay, az, bx, by, bz = ends
    dx, dy, dz = bx - ax, by - ay, bz - az
    length2 = dx * dx + dy * dy + dz * dz
    shrink = radius_a - radius_b
    spread = length2 - shrink * shrink  # not above 0: one ball holds the other, and only balls are left
    for i in range(spans[0], spans[1]):
        first, end = _span(spans, i)
        depths, names = depth[i, first:end], ids[i, first:end]
        left = (np.float32(first) - cx) * step
        y = (np.float32(i) - cy) / fy
        for j in range(depths.size):
            x = left + np.float32(np.int32(j)) * step
            # the ray starts at the depth of a: o from a, p from b
            ox, oy = x * az - ax, y * az - ay
            px, py, pz = ox - dx, oy - dy, -dz
            ray2 = x * x + y * y + ONE
            along_ray, along_o = dx * x + dy * y + dz, dx * ox + dy * oy
            ray_o, o2 = x * ox + y * oy, ox * ox + oy * oy
            ray_p, p2 = x * px + y * py + pz, px * px + py * py + pz * pz

            k2 = spread * ray2 - along_ray * along_ray
            k1 = spread * ray_o - along_o * along_ray + along_ray * shrink * radius_a
            k0 = spread * o2 - along_o * along_o + along_o * shrink * radius_a * np.float32(2)
            k0 = k0 - length2 * radius_a * radius_a
            inside = k1 * k1 - k0 * k2
            s = -(np.sqrt(max(inside, ZERO)) + k1) / k2
            height = along_o - radius_a * shrink + s * along_ray
            nearest = s if (inside > ZERO) & (height > ZERO) & (height < spread) else INF

            inside = ray_o * ray_o - ray2 * (o2 - radius_a * radius_a)
            s = -(ray_o + np.sqrt(max(inside, ZERO))) / ray2
            nearest = min(nearest, s if inside > ZERO else INF)
            inside = ray_p * ray_p - ray2 * (p2 - radius_b * radius_b)
            s = -(ray_p + np.sqrt(max(inside, ZERO))) / ray2
            nearest = min(nearest, s if inside > ZERO else INF)

            z = az + nearest
            hit = (z > NEAR) & (z < depths[j])
            depths[j] = z if hit else depths[j]
            names[j] = label if hit else names[j]


@jit
def _unit_ray(frame: Frame, x: float, y: float) -> tuple[float, float, float, float, float, float]:
    """Direction e and start o, in the body's own unit space, of the ray through (x, y, 1)."""
    e0 = frame[0] * x + (frame[1] * y + frame[2])
    e1 = frame[3] * x + (frame[4] * y + frame[5])
    e2 = frame[6] * x + (frame[7] * y + frame[8])
    z0 = frame[12]
    return e0, e1, e2, e0 * z0 + frame[9], e1 * z0 + frame[10], e2 * z0 + frame[11]


@jit
def _span(spans: Spans, row: int) -> tuple[int, int]:
    """First and end column of a row."""
    _, _, first, end, a, b, low, high = spans
    if abs(a) < 1e-3:
        return first, end
    u0, u1 = (low - b * row) / a, (high - b * row) / a
    left, right = min(u0, u1), max(u0, u1)
    if left > first:
        first = end if left > end else int(np.floor(left))
    if right < end - 1:
        end = first if right < first else int(np.ceil(right)) + 1
    return first, max(first, end)
