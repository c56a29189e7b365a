"""What touches a hand or comes close: a sleeve, something held, a second hand, a cable.

Every function fills rows of a shape table (see `shapes3d`) from `row` on and returns the next free row. All lengths are mm
in the camera frame; joints (21, 3) of a right hand. These are the things that hide joints, so they give way: what is held is
only as large as the fingers leave room for, and a second hand lies behind or before the first one, not in it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import shapes3d
from thenar.data.jit import jit
from thenar.data.vector3 import (
    along,
    any_direction,
    cross,
    dot,
    scaled,
    segment_distance,
    square_to,
    turned,
    unit,
    vector,
)
from thenar.hand.skeleton import PARENTS

Floats = NDArray[np.float32]

SLEEVE: Final = 7
HELD: Final = 8
SECOND_HAND: Final = 9
CABLE: Final = 10

_PARENTS: Final = np.array(PARENTS, np.int64)
_FINGER_MM: Final = 9.0
"""From a finger's bone to its skin."""
_PALM_MM: Final = 15.0
"""From the bones of the palm to its skin."""
_CUFF_MM: Final = 350.0
"""A sleeve reaches this far up the arm: past the elbow, and past every crop."""


@jit
def sleeve(table: Floats, row: int, rng: np.random.Generator, joints: Floats, forearm: Floats) -> int:
    """A sleeve around the forearm, flatter than wide like the arm; it begins 0 to 140 mm above the wrist.

    One in six covers the wrist; half have a cuff; up to two folds.
    """
    out, _ = palm_frame(joints)
    axis = unit(along(forearm, any_direction(rng), 0.05))
    flat = square_to(axis, out)
    wide = cross(axis, flat)
    size = palm_length(joints) / 90
    start = rng.uniform(-18, 10) if rng.random() < 0.17 else rng.uniform(10, 140)
    loose = rng.uniform(1.1, 1.5)
    width, depth = _arm(26, 0.07, start) * size * loose, _arm(21, 0.095, start) * size * loose
    grow = _arm(26, 0.07, start + _CUFF_MM) / _arm(26, 0.07, start) * rng.uniform(1.0, 1.15)
    center = along(joints[0], axis, start + _CUFF_MM / 2)
    half = scaled(axis, _CUFF_MM / 2)
    shapes3d.frustum(table[row], SLEEVE, center, scaled(wide, width), scaled(flat, depth), half, grow)
    row += 1
    if rng.random() < 0.5:
        length, fit = rng.uniform(15, 60), rng.uniform(1.03, 1.15)
        center = along(joints[0], axis, start + length / 2)
        ends = (scaled(wide, width * fit), scaled(flat, depth * fit), scaled(axis, length / 2))
        shapes3d.frustum(table[row], SLEEVE, center, ends[0], ends[1], ends[2], 1 + (grow - 1) * length / _CUFF_MM)
        row += 1
    for _ in range(rng.integers(0, 3)):
        at = rng.uniform(10, 130)
        thick = (1 + (grow - 1) * at / _CUFF_MM) * rng.uniform(1.03, 1.14)
        fold = unit(along(axis, any_direction(rng), 0.35))
        first = square_to(fold, wide)
        center = along(joints[0], axis, start + at)
        ends = (scaled(first, width * thick), scaled(cross(fold, first), depth * thick), scaled(fold, rng.uniform(8, 18)))
        shapes3d.ellipsoid(table[row], SLEEVE, center, ends[0], ends[1], ends[2])
        row += 1
    return row


@jit
def _arm(wrist: float, growth: float, at: float) -> float:
    """Half the forearm's width or depth in mm, `at` mm above the wrist."""
    return wrist + growth * max(at, 0.0)


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
        shapes3d.ellipsoid(
            table[row], HELD, best, scaled(first, radius), scaled(second, radius), scaled(axis, radius)
        )
    else:  # its edges reach no further than the rod that has room
        share = rng.uniform(0.4, 0.9)
        a, b = radius * share, radius * np.sqrt(1 - share * share)
        shapes3d.box(table[row], HELD, best, scaled(first, a), scaled(second, b), scaled(axis, reach))
    return row + 1


@jit
def second_hand(table: Floats, row: int, rng: np.random.Generator, joints: Floats) -> int:
    """Another hand of capsules: beside and behind the first, or reaching in before it so that a few joints are hidden."""
    before = rng.random() < 0.4
    target = joints[4 * rng.integers(1, 6) - rng.integers(0, 2)]
    middle = joints[9]
    if before:
        # the fingertips end before a finger's last or last but one joint, the hand comes in from beyond it
        fingers = unit(along(along(target, middle, -1), any_direction(rng), 30))
        fingers = unit(vector(-fingers[0], -fingers[1], rng.uniform(-0.5, 0.1)))
        tip = along(target, vector(0, 0, -1), rng.uniform(22, 70))
        palm = along(tip, fingers, -rng.uniform(95, 150))
    else:
        angle = rng.uniform(-np.pi, np.pi)
        beside = vector(np.cos(angle), np.sin(angle), 0)
        palm = along(middle, beside, rng.uniform(50, 170))
        palm[2] = joints[:, 2].max() + rng.uniform(45, 190)
        fingers = any_direction(rng)
        fingers[2] = -abs(fingers[2])  # its arm leads away from the camera
    normal = square_to(fingers, any_direction(rng))
    across = cross(fingers, normal)
    size = rng.uniform(0.8, 1.05)

    shapes3d.ellipsoid(
        table[row], SECOND_HAND, palm, scaled(across, 44 * size), scaled(fingers, 52 * size), scaled(normal, 17 * size)
    )
    arm = along(palm, fingers, -45 * size)
    shapes3d.round_cone(table[row + 1], SECOND_HAND, arm, along(arm, fingers, -330), 27 * size, 45 * size)
    row += 2
    bent = 0.3 if before else rng.uniform(0.0, 1.2)
    spread = rng.uniform(0.0, 0.2)
    for finger in range(5):
        if finger == 4:  # the thumb
            root = along(along(palm, across, 38 * size), fingers, -18 * size)
            heading = unit(along(along(fingers, across, rng.uniform(0.3, 1)), normal, rng.uniform(0, 0.6)))
            lengths, curl = (34.0, 30.0), rng.uniform(0, 0.5)
        else:
            root = along(along(palm, across, (30 - 20 * finger) * size), fingers, 44 * size)
            heading = turned(fingers, normal, (1.5 - finger) * -spread)
            lengths, curl = (44.0, 42.0), max(rng.normal(bent, 0.3), -0.1)
        hinge = unit(cross(heading, normal))
        for bone in range(2):
            heading = turned(heading, hinge, curl * (0.8 if bone == 0 else 1.0))
            end = along(root, heading, lengths[bone] * size)
            radius = (9.5 - 1.3 * bone) * size
            shapes3d.round_cone(table[row], SECOND_HAND, root, end, radius, radius - 1.2 * size)
            root, row = end, row + 1
    return row


@jit
def cable(table: Floats, row: int, rng: np.random.Generator, joints: Floats) -> int:
    """A cable, strap or stick of a few straight pieces right across the view: before the hand one time in three."""
    middle = along(scaled(joints[0], 0.4), joints[9], 0.6)
    radius = rng.uniform(1.5, 6)
    if rng.random() < 0.33:
        depth = joints[:, 2].min() - rng.uniform(15, 60)
    else:
        depth = joints[:, 2].max() + rng.uniform(20, 120)
    angle = rng.uniform(-np.pi, np.pi)
    heading = unit(vector(np.cos(angle), np.sin(angle), rng.normal(0, 0.08)))
    start = along(middle, cross(heading, vector(0, 0, 1)), rng.uniform(-120, 120))
    start[2] = depth
    start = along(start, heading, -200)
    for _ in range(4):
        end = along(start, heading, 100)
        shapes3d.round_cone(table[row], CABLE, start, end, radius, radius)
        heading = unit(along(heading, vector(rng.normal(0, 0.14), rng.normal(0, 0.14), rng.normal(0, 0.04)), 1))
        start, row = end, row + 1
    return row


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
    table: Floats, row: int, rng: np.random.Generator, joints: Floats, skin: Floats, out: Floats, across: Floats, fingers: Floats
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
