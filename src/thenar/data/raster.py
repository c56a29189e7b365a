"""Draw a triangle mesh into a depth window, and tell which joints the window shows.

A *window* is a part of a sensor image at an integer stride, with intrinsics of its own; pixel (row i, column j) has its
centre at u = j, v = i. `depth` is (h, w) float32 mm, infinity where nothing is drawn; `ids` is (h, w) uint8 and names
what is seen there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit

Floats = NDArray[np.float32]
Ids = NDArray[np.uint8]

EMPTY: Final = 0
HAND: Final = 1
FOREARM: Final = 2
"""Ids of what a pixel shows; clutter's begin above these, in `clutter`."""

NEAR_MM: Final = 10.0
"""What is this close to the camera is dropped: 1/z would leave the range where float32 is exact enough."""

_VERTEX: Final = 0xFFFFFFFF
_SIGN_BIT: Final = 0x80000000


def window(height: int, width: int) -> tuple[Floats, Ids]:
    """An empty window: depth (h, w) float32 at infinity, ids (h, w) uint8 at `EMPTY`."""
    return np.full((height, width), np.inf, np.float32), np.zeros((height, width), np.uint8)


@jit
def draw(
    depth: Floats,
    ids: Ids,
    vertices: Floats,
    faces: NDArray[np.int32],
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    object_id: int,
    cull: bool = True,
) -> None:
    """Draw a mesh of one id: `draw_labelled` with `object_id` for every face."""
    face_ids = np.full(faces.shape[0], object_id, np.uint8)
    draw_labelled(depth, ids, vertices, faces, fx, fy, cx, cy, face_ids, cull)


@jit
def draw_labelled(
    depth: Floats,
    ids: Ids,
    vertices: Floats,
    faces: NDArray[np.int32],
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    face_ids: Ids,
    cull: bool = True,
) -> None:
    """Draw a mesh into a window, nearest surface first.

    depth (h, w) mm and ids (h, w) are changed in place. vertices (V, 3) mm in the camera frame, faces (F, 3)
    counter-clockwise seen from outside, face_ids (F,). fx fy cx cy belong to the window. With `cull`, faces seen from
    behind are not drawn. Faces with a vertex nearer than `NEAR_MM`, or not finite, are dropped.

    A pixel belongs to a triangle when its centre does; on a shared edge it belongs to exactly one of the two, because
    both compute the crossing of that edge with a row from the same numbers in the same order: a closed mesh has no pin
    holes. Depth is perspective-correct: 1/z is linear in the image.
    """
    height, width = depth.shape
    count = vertices.shape[0]
    image = np.empty((count, 3), np.float32)  # u, v, 1/z
    begins = np.empty((count, 2), np.int32)
    order = np.empty(count, np.int64)
    _project(vertices, fx, fy, cx, cy, width, height, image, begins, order)

    for face in range(faces.shape[0]):
        a, b, c = np.uint32(faces[face, 0]), np.uint32(faces[face, 1]), np.uint32(faces[face, 2])
        first_row = min(begins[a, 1], begins[b, 1], begins[c, 1])
        end_row = max(begins[a, 1], begins[b, 1], begins[c, 1])
        if first_row == end_row:
            continue  # between two rows of pixel centres, or above or below the window
        if begins[a, 0] == begins[b, 0] and begins[b, 0] == begins[c, 0]:
            continue  # the same for columns

        u_a, v_a, z_a = image[a, 0], image[a, 1], image[a, 2]
        u_b, v_b, z_b = image[b, 0], image[b, 1], image[b, 2]
        u_c, v_c, z_c = image[c, 0], image[c, 1], image[c, 2]
        # float64 holds the products of float32 differences exactly: the sign is right even for a sliver
        area = (np.float64(u_b) - u_a) * (np.float64(v_c) - v_a) - (np.float64(u_c) - u_a) * (np.float64(v_b) - v_a)
        front = area < 0  # v points down, so counter-clockwise is negative
        farthest, nearest = min(z_a, z_b, z_c), max(z_a, z_b, z_c)
        if farthest == 0 or not (front or (area > 0 and not cull)):
            continue
        label = face_ids[face]
        shrink = np.float32(1 / area)
        along_u = ((z_b - z_a) * (v_c - v_a) - (z_c - z_a) * (v_b - v_a)) * shrink
        along_v = ((z_c - z_a) * (u_b - u_a) - (z_b - z_a) * (u_c - u_a)) * shrink
        at_origin = z_a - along_u * u_a - along_v * v_a

        # top, middle and bottom vertex: min and max of keys need no branch that the processor could guess wrong
        low, high = min(order[a], order[b]), max(order[a], order[b])
        top = np.uint32(min(low, order[c]) & _VERTEX)
        middle = np.uint32(max(low, min(high, order[c])) & _VERTEX)
        bottom = np.uint32(max(high, order[c]) & _VERTEX)
        turned = (top == a and middle == b) or (top == b and middle == c) or (top == c and middle == a)
        middle_left = turned == front  # of the long edge, from top to bottom
        u_top, v_top, u_middle, v_middle = image[top, 0], image[top, 1], image[middle, 0], image[middle, 1]
        slope_long = (image[bottom, 0] - u_top) / (image[bottom, 1] - v_top)
        slope_upper = (u_middle - u_top) / (v_middle - v_top)
        slope_lower = (image[bottom, 0] - u_middle) / (image[bottom, 1] - v_middle)
        column_top, column_middle, column_bottom = begins[top, 0], begins[middle, 0], begins[bottom, 0]
        row_middle = begins[middle, 1]

        for row in range(first_row, end_row):
            v = np.float32(row)
            long = _first_column(u_top, v - v_top, slope_long, column_top, column_bottom)
            upper = row < row_middle
            u_0, v_0 = (u_top, v_top) if upper else (u_middle, v_middle)
            slope = slope_upper if upper else slope_lower
            short = _first_column(u_0, v - v_0, slope, column_top if upper else column_bottom, column_middle)
            first, end = (short, long) if middle_left else (long, short)
            z_row = at_origin + along_v * v
            for column in range(first, end):
                z = min(max(z_row + along_u * np.float32(column), farthest), nearest)
                if z * depth[np.uint32(row), np.uint32(column)] > np.float32(1):
                    depth[np.uint32(row), np.uint32(column)] = np.float32(1) / z
                    ids[np.uint32(row), np.uint32(column)] = label


@jit
def _project(
    vertices: Floats,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    width: int,
    height: int,
    image: Floats,
    begins: NDArray[np.int32],
    order: NDArray[np.int64],
) -> None:
    """Project vertices (V, 3) mm: image (V, 3) u, v, 1/z, where 1/z = 0 says too near to draw.

    begins (V, 2): the first column and row whose pixel centre is not left of or above the vertex, within the window.
    order (V,): keys that sort as v does, with the vertex's own number in the low 32 bits.
    """
    zero, one = np.float32(0), np.float32(1)
    right, below = np.float32(width), np.float32(height)
    fx32, fy32, cx32, cy32 = np.float32(fx), np.float32(fy), np.float32(cx), np.float32(cy)
    for k in range(vertices.shape[0]):
        z = vertices[k, 2]
        inverse_z = one / z if z > np.float32(NEAR_MM) else zero
        u = vertices[k, 0] * fx32 * inverse_z + cx32
        v = vertices[k, 1] * fy32 * inverse_z + cy32
        image[k, 0], image[k, 1], image[k, 2] = u, v, inverse_z
        column, row = np.ceil(u), np.ceil(v)
        column = column if column > zero else zero  # also where it is not a number
        row = row if row > zero else zero
        begins[k, 0] = np.int32(column if column < right else right)
        begins[k, 1] = np.int32(row if row < below else below)
    bits = image.view(np.int32)
    for k in range(vertices.shape[0]):
        # the bits of a float sort like the float, but for negative ones, which sort backwards
        bit = np.int64(bits[k, 1])
        order[k] = (bit if bit >= 0 else -_SIGN_BIT - bit) * (_VERTEX + 1) + k


@jit
def _first_column(u: float, down: float, slope: float, column_0: int, column_1: int) -> int:
    """The first pixel not left of an edge, `down` rows below its upper end at u; within the columns of its two ends."""
    column: int = np.int32(np.ceil(u + down * slope))  # type: ignore[assignment]  # an int once compiled
    return max(min(column, max(column_0, column_1)), min(column_0, column_1))


FLESH_MM: Final[Floats] = np.array([30, 28, 18, 15, 15] + [26, 15, 15, 15] * 4, np.float32)
"""(21,) how deep below the skin a joint may lie that still counts as seen.

A little more than the hand model's own flesh over each joint, seen from palm or back (medians over views up to 75
degrees away: wrist 26, thumb CMC 26 and MCP 15, knuckles 18 to 22, the rest 5 to 12), and less than that flesh with a
finger of 15 mm lying on it.
"""


def visible(depth: Floats, ids: Ids, joints_uvz: Floats, flesh_mm: Floats = FLESH_MM) -> NDArray[np.bool_]:
    """Which joints a window shows: (J,) bool.

    depth and ids: the window, before a sensor's noise. joints_uvz (J, 3): u, v in its pixels, z in mm; flesh_mm (J,). A
    joint is seen when the surface at its pixel is the hand or the forearm and lies no more than its flesh before it, or
    when whatever is there lies behind it (the centre of a fingertip may project just beside the tip). Outside the
    window none is seen.
    """
    return np.asarray(_visible(depth, ids, np.asarray(joints_uvz, np.float32), flesh_mm))


@jit
def _visible(depth: Floats, ids: Ids, joints_uvz: Floats, flesh_mm: Floats) -> NDArray[np.bool_]:
    height, width = depth.shape
    seen = np.zeros(joints_uvz.shape[0], np.bool_)
    for joint in range(joints_uvz.shape[0]):
        u, v = np.floor(joints_uvz[joint, 0] + 0.5), np.floor(joints_uvz[joint, 1] + 0.5)
        z = joints_uvz[joint, 2]
        if not (z > NEAR_MM and 0 <= u < width and 0 <= v < height):
            continue
        surface, name = depth[int(v), int(u)], ids[int(v), int(u)]
        own = name in (HAND, FOREARM)
        seen[joint] = surface >= z or (own and surface >= z - flesh_mm[joint])
    return seen
