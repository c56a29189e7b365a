"""What a hand holds: only as large as its fingers leave room for, so that a closing hand grips it.

Every function fills rows of a shape table (see `shapes3d`) from `row` on and returns the next free row. All lengths are
mm in the camera frame; joints (21, 3) of a right hand.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import shapes3d
from thenar.data.jit import jit
from thenar.data.vector3 import along, any_direction, cross, dot, scaled, segment_distance, square_to, turned, unit
from thenar.hand.skeleton import PARENTS

Floats = NDArray[np.float32]

HELD: Final = 8

_PARENTS: Final = np.array(PARENTS, np.int64)
_FINGER_MM: Final = 9.0
"""From a finger's bone to its skin."""
_PALM_MM: Final = 15.0
"""From the bones of the palm to its skin."""


@jit
def held(table: Floats, row: int, rng: np.random.Generator, joints: Floats) -> int:
    """A rod or cup, ball, box, flat slab or pen in the palm or between thumb and index, as large as fits there."""
    out, across = palm_frame(joints)
    kind = rng.integers(0, 5)
    if kind == 4 and _pen(table[row], rng, joints, out):
        return row + 1
    palm = scaled(joints[0], 0.3)
    for mcp in (5, 9, 13, 17):
        palm = along(palm, joints[mcp], 0.175)
    fingers = cross(out, across)  # from the palm to the fingers, or back: either does
    if kind == 3:
        return _slab(table, row, rng, joints, along(palm, out, _PALM_MM), out, across, fingers)

    axis = unit(along(turned(across, out, rng.normal(0, 0.35)), out, rng.normal(0, 0.15)))
    reach = 0.0 if kind == 1 else rng.uniform(40, 80)
    best, radius = palm, 0.0
    for lift in range(4):
        center = along(palm, out, _PALM_MM + 7 + 9 * lift)
        room = _room(joints, along(center, axis, -reach), along(center, axis, reach))
        if room > radius:
            best, radius = center, room
    radius = min(radius, rng.uniform(14, 42))
    if radius < 6:
        return row
    first = square_to(axis, any_direction(rng))
    second = cross(axis, first)
    if kind == 0:
        taper = rng.uniform(0.75, 1.0)
        shapes3d.frustum(
            table[row], HELD, best, scaled(first, radius), scaled(second, radius), scaled(axis, reach), taper
        )
    elif kind == 1:
        shapes3d.ellipsoid(table[row], HELD, best, scaled(first, radius), scaled(second, radius), scaled(axis, radius))
    else:  # its edges reach no further than the rod that has room
        share = rng.uniform(0.4, 0.9)
        a, b = radius * share, radius * np.sqrt(1 - share * share)
        shapes3d.box(table[row], HELD, best, scaled(first, a), scaled(second, b), scaled(axis, reach))
    return row + 1


@jit
def palm_frame(joints: Floats) -> tuple[Floats, Floats]:
    """Unit vectors of a right hand: out of the palm, and across it from the little finger to the index."""
    across = unit(along(joints[5], joints[17], -1))
    fingers = unit(along(joints[9], joints[0], -1))
    return unit(cross(across, fingers)), across


@jit
def palm_length(joints: Floats) -> float:
    """From the wrist to the middle MCP, mm; 95 in a middling adult."""
    bone = along(joints[9], joints[0], -1)
    return np.sqrt(dot(bone, bone))


@jit
def _room(joints: Floats, a: Floats, b: Floats) -> float:
    """How thick a rod from a to b may be before it enters the flesh around a bone."""
    room = np.inf
    for joint in range(1, joints.shape[0]):
        parent = _PARENTS[joint]
        flesh = _PALM_MM if parent == 0 else _FINGER_MM
        room = min(room, segment_distance(a, b, joints[parent], joints[joint]) - flesh)
    return room


@jit
def _pen(row: Floats, rng: np.random.Generator, joints: Floats, out: Floats) -> bool:
    """A pen between the tips of thumb and index, where they are close enough to hold one."""
    gap = along(joints[4], joints[8], -1)
    if dot(gap, gap) > 45**2:
        return False
    grip = along(scaled(joints[4], 0.5), joints[8], 0.5)
    back = along(along(joints[5], joints[3], 1), grip, -2)  # towards the web between thumb and index
    axis = unit(along(unit(back), any_direction(rng), 0.3))
    length, radius = rng.uniform(55, 80), rng.uniform(3.5, 6)
    center = along(grip, axis, length * rng.uniform(0.2, 0.7))
    first = square_to(axis, out)
    ends = (scaled(first, radius), scaled(cross(axis, first), radius), scaled(axis, length))
    shapes3d.frustum(row, HELD, center, ends[0], ends[1], ends[2], 1.0)
    return True


@jit
def _slab(
    table: Floats, row: int, rng: np.random.Generator, joints: Floats, skin: Floats,
    out: Floats, across: Floats, fingers: Floats,
) -> int:  # fmt: skip
    """A phone or tablet on the open palm; none where a finger stands in its way."""
    thick = rng.uniform(3, 8)
    half_0, half_1 = rng.uniform(30, 42), rng.uniform(55, 85)
    turn = rng.normal(0, 0.3)
    first, second = turned(across, out, turn), turned(fingers, out, turn)
    center = along(skin, out, thick)
    for joint in range(1, joints.shape[0]):
        offset = along(joints[joint], center, -1)
        near = abs(dot(offset, first)) < half_0 + _FINGER_MM and abs(dot(offset, second)) < half_1 + _FINGER_MM
        if near and dot(offset, out) > -thick - _FINGER_MM + 1:
            return row
    shapes3d.box(table[row], HELD, center, scaled(first, half_0), scaled(second, half_1), scaled(out, thick))
    return row + 1
