"""Bodies made of formulas: ellipsoid, tapered tube, box, plate and round cone, drawn into a depth window ray by ray.

A scene is a *shape table*: (N, `COLUMNS`) float32, one body a row: kind, id, then its numbers, mm, camera frame. Fill
rows with `ellipsoid`, `frustum`, `box`, `plate`, `round_cone` (all usable inside compiled code), draw with `draw`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit
from thenar.data.raster import NEAR_MM
from thenar.data.shape_rays import (
    Lens,
    Spans,
    paint_box,
    paint_ellipsoid,
    paint_frustum,
    paint_plate,
    paint_round_cone,
)

Floats = NDArray[np.float32]
Ids = NDArray[np.uint8]

COLUMNS: Final = 15
"""kind, id, centre (3), three half axes (9), taper; for a round cone: kind, id, a (3), b (3), radius at a, at b."""

ELLIPSOID: Final = 1
FRUSTUM: Final = 2
BOX: Final = 3
PLATE: Final = 4
ROUND_CONE: Final = 5

KINDS: Final[dict[int, str]] = {
    ELLIPSOID: "ellipsoid",
    FRUSTUM: "frustum",
    BOX: "box",
    PLATE: "plate",
    ROUND_CONE: "round cone",
}


@jit
def ellipsoid(row: Floats, name: int, center: Floats, axis_0: Floats, axis_1: Floats, axis_2: Floats) -> None:
    """An ellipsoid: centre and three half axes (3,) mm at right angles; a sphere when they are equally long."""
    _framed(row, ELLIPSOID, name, center, axis_0, axis_1, axis_2)


@jit
def frustum(
    row: Floats, name: int, center: Floats, axis_0: Floats, axis_1: Floats, half_length: Floats, taper: float
) -> None:
    """A tube with flat ends, from centre - half_length to centre + half_length (mm); a cylinder where taper is 1.

    axis_0, axis_1: half axes of its cross section at the first end; at the other end they are `taper` times as long.
    """
    _framed(row, FRUSTUM, name, center, axis_0, axis_1, half_length)
    row[14] = taper


@jit
def box(row: Floats, name: int, center: Floats, axis_0: Floats, axis_1: Floats, axis_2: Floats) -> None:
    """A box: centre and three half axes (3,) mm."""
    _framed(row, BOX, name, center, axis_0, axis_1, axis_2)


@jit
def plate(row: Floats, name: int, center: Floats, axis_0: Floats, axis_1: Floats) -> None:
    """A thin rectangle seen from both sides: centre and two half axes (3,) mm. Tables and walls with edges."""
    _framed(row, PLATE, name, center, axis_0, axis_1, np.cross(axis_0, axis_1).astype(np.float32))


@jit
def round_cone(row: Floats, name: int, a: Floats, b: Floats, radius_a: float, radius_b: float) -> None:
    """Two balls at a and b (3,) mm and the cone that touches both: a finger's bone with its flesh, a cable, an arm."""
    row[0], row[1] = ROUND_CONE, name
    row[2:5], row[5:8] = a, b
    row[8], row[9] = radius_a, radius_b


@jit
def draw(depth: Floats, ids: Ids, shapes: Floats, fx: float, fy: float, cx: float, cy: float) -> None:
    """Draw a shape table into a window, nearest surface first.

    depth (h, w) float32 mm and ids (h, w) uint8 are changed in place; shapes (N, `COLUMNS`); fx fy cx cy belong to the
    window. Rows of kind 0 are skipped. Surfaces nearer than `raster.NEAR_MM` are not drawn.
    """
    lens = (np.float32(fx), np.float32(fy), np.float32(cx), np.float32(cy))
    for k in range(shapes.shape[0]):
        row = shapes[k]
        kind, name = int(row[0]), int(row[1])
        if kind == 0:
            continue
        spans = _spans_of(row, depth.shape[0], depth.shape[1], lens)
        if spans[0] >= spans[1] or spans[2] >= spans[3]:
            continue
        if kind == ROUND_CONE:
            ends = (row[2], row[3], row[4], row[5], row[6], row[7])
            paint_round_cone(depth, ids, spans, lens, ends, row[8], row[9], name)
            continue
        frame = _frame(row)
        if kind == ELLIPSOID:
            paint_ellipsoid(depth, ids, spans, lens, frame, name)
        elif kind == FRUSTUM:
            paint_frustum(depth, ids, spans, lens, frame, row[14], name)
        elif kind == BOX:
            paint_box(depth, ids, spans, lens, frame, name)
        elif kind == PLATE:
            paint_plate(depth, ids, spans, lens, frame, name)


@jit
def _framed(row: Floats, kind: int, name: int, center: Floats, a: Floats, b: Floats, c: Floats) -> None:
    row[0], row[1] = kind, name
    row[2:5], row[5:8], row[8:11], row[11:14] = center, a, b, c


@jit
def _frame(row: Floats) -> tuple[float, ...]:
    """The 13 numbers `shape_rays` wants: M, the inverse of the matrix of half axes in columns; -M C; depth of C."""
    x, y, z = row[2], row[3], row[4]
    a0, a1, a2 = row[5], row[6], row[7]
    b0, b1, b2 = row[8], row[9], row[10]
    c0, c1, c2 = row[11], row[12], row[13]
    m0, m1, m2 = b1 * c2 - b2 * c1, b2 * c0 - b0 * c2, b0 * c1 - b1 * c0  # the first row is b x c / det, and so on
    m3, m4, m5 = c1 * a2 - c2 * a1, c2 * a0 - c0 * a2, c0 * a1 - c1 * a0
    m6, m7, m8 = a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0
    scale = np.float32(1) / (a0 * m0 + a1 * m1 + a2 * m2)
    m0, m1, m2 = m0 * scale, m1 * scale, m2 * scale
    m3, m4, m5 = m3 * scale, m4 * scale, m5 * scale
    m6, m7, m8 = m6 * scale, m7 * scale, m8 * scale
    o0, o1, o2 = -(m0 * x + m1 * y + m2 * z), -(m3 * x + m4 * y + m5 * z), -(m6 * x + m7 * y + m8 * z)
    return m0, m1, m2, m3, m4, m5, m6, m7, m8, o0, o1, o2, z


@jit
def _spans_of(row: Floats, height: int, width: int, lens: Lens) -> Spans:
    """The pixels a body can cover."""
    kind = int(row[0])
    low_u, high_u = _extent(row, kind, 1.0, 0.0, lens)
    low_v, high_v = _extent(row, kind, 0.0, 1.0, lens)
    # written so that an extent that is not a number gives the whole window
    first_row = int(np.floor(low_v)) if low_v > 0 else 0
    first_column = int(np.floor(low_u)) if low_u > 0 else 0
    end_row = int(np.ceil(high_v)) + 1 if high_v < height - 1 else height
    end_column = int(np.ceil(high_u)) + 1 if high_u < width - 1 else width
    a, b, low, high = 0.0, 1.0, -np.inf, np.inf
    if kind in (FRUSTUM, ROUND_CONE) and first_row < height and first_column < width:
        # along its axis a long body is narrow: the strip's normal is square to the axis as the image shows it
        dx, dy, dz = row[11], row[12], row[13]
        if kind == ROUND_CONE:
            dx, dy, dz = row[5] - row[2], row[6] - row[3], row[7] - row[4]
        a = float(-(dy * row[4] - row[3] * dz) * lens[1])
        b = float((dx * row[4] - row[2] * dz) * lens[0])
        norm = np.sqrt(a * a + b * b)
        if norm > 0:
            a, b = a / norm, b / norm
            low, high = _extent(row, kind, a, b, lens)
    return first_row, end_row, first_column, end_column, a, b, low, high


@jit
def _extent(row: Floats, kind: int, a: float, b: float, lens: Lens) -> tuple[float, float]:
    """The least and the greatest a u + b v over a body's outline; infinite when it reaches the plane of the camera."""
    if kind in (BOX, PLATE):
        return _corner_extent(row, a, b, lens)
    if kind == ELLIPSOID:
        return _round_extent(row[2:5], row[5:14], np.float32(1), a, b, lens)
    if kind == FRUSTUM:
        bottom = _round_extent(row[2:5] - row[11:14], row[5:11], np.float32(1), a, b, lens)
        top = _round_extent(row[2:5] + row[11:14], row[5:11], row[14], a, b, lens)
    else:
        ball = np.array((1, 0, 0, 0, 1, 0, 0, 0, 1), np.float32)
        bottom = _round_extent(row[2:5], ball, row[8], a, b, lens)
        top = _round_extent(row[5:8], ball, row[9], a, b, lens)
    return min(bottom[0], top[0]), max(bottom[1], top[1])


@jit
def _round_extent(center: Floats, axes: Floats, size: float, a: float, b: float, lens: Lens) -> tuple[float, float]:
    """The least and the greatest a u + b v of an ellipsoid's or a disc's outline, from its dual conic.

    `axes`: three half axes one after the other, or two for a disc; times `size`. The line a u + b v = w touches the
    outline where it solves n w^2 - 2 m w + k = 0 with entries of S - C C^T, S the sum of the outer products of the half
    axes (Hartley and Zisserman, Multiple View Geometry, section 8.3).
    """
    a_x, b_y = a * lens[0], b * lens[1]
    across, z = np.float64(a_x * center[0] + b_y * center[1]), np.float64(center[2])
    n, m, k = z * z, across * z, across * across
    for axis in range(0, axes.size, 3):
        along, deep = (a_x * axes[axis] + b_y * axes[axis + 1]) * size, np.float64(axes[axis + 2] * size)
        n -= deep * deep
        m -= along * deep
        k -= along * along
    if z <= 0 or n <= NEAR_MM * NEAR_MM:
        return -np.inf, np.inf
    root = np.sqrt(max(m * m - n * k, 0.0))
    shift = a * lens[2] + b * lens[3]
    return (m - root) / n + shift, (m + root) / n + shift


@jit
def _corner_extent(row: Floats, a: float, b: float, lens: Lens) -> tuple[float, float]:
    """The least and the greatest a u + b v of a box's or a plate's corners."""
    low, high = np.inf, -np.inf
    flat = row[0] == PLATE
    for corner in range(4 if flat else 8):
        s, t = np.float32(1 - 2 * (corner & 1)), np.float32(1 - (corner & 2))
        r = np.float32(0) if flat else np.float32(1 - (corner & 4) // 2)
        x = row[2] + s * row[5] + t * row[8] + r * row[11]
        y = row[3] + s * row[6] + t * row[9] + r * row[12]
        z = row[4] + s * row[7] + t * row[10] + r * row[13]
        if z <= NEAR_MM:
            return -np.inf, np.inf
        w = a * (x / z * lens[0] + lens[2]) + b * (y / z * lens[1] + lens[3])
        low, high = min(low, w), max(high, w)
    return low, high
