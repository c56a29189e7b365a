"""What belongs to a hand or comes close to it: the rest of its arm, a sleeve, a second hand, a cable.

Every function fills rows of a shape table (see `shapes3d`) from `row` on and returns the next free row. All lengths are
mm in the camera frame; joints (21, 3) of a right hand. Some of these hide joints, so they give way: a second hand
lies behind the first one or lets its fingertips alone come before it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import shapes3d
from thenar.data.clutter_held import palm_frame, palm_length
from thenar.data.jit import jit
from thenar.data.raster import FOREARM
from thenar.data.vector3 import along, any_direction, cross, scaled, square_to, turned, unit, vector

Floats = NDArray[np.float32]

ARM: Final = FOREARM
SLEEVE: Final = 7
SECOND_HAND: Final = 9
CABLE: Final = 10

_ELBOW: Final = 2.8
"""From the wrist to the elbow, in lengths of the palm (wrist to middle MCP)."""
_NEAREST_MM: Final = 120.0
"""Arms and sleeves that come towards the camera end here: a camera isn't worn inside a sleeve."""


@jit
def elbow_of(joints: Floats, forearm: Floats) -> Floats:
    """Where the elbow is, (3,) mm."""
    return along(joints[0], forearm, _ELBOW * palm_length(joints))


@jit
def arm(table: Floats, row: int, rng: np.random.Generator, joints: Floats, forearm: Floats) -> int:
    """The rest of the arm, where the hand's own mesh ends: up to the elbow, and from there away from the camera.

    An elbow nearer to the camera than the hand is the viewer's own: the upper arm goes on past the camera.
    """
    size = palm_length(joints) / 90
    elbow = elbow_of(joints, forearm)
    if elbow[2] < _NEAREST_MM:
        return row
    shapes3d.round_cone(table[row], ARM, along(joints[0], forearm, 195 * size), elbow, 37 * size, 43 * size)
    if forearm[2] < -0.2:
        heading = unit(along(any_direction(rng), forearm, 2))
    else:
        heading = unit(along(along(any_direction(rng), forearm, 0.5), vector(0, 0, 1), 0.7))
    shapes3d.round_cone(table[row + 1], ARM, elbow, along(elbow, heading, 270 * size), 43 * size, 56 * size)
    return row + 2


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
    length = _ELBOW * 90 * size + 15 - start
    if axis[2] < 0:
        length = min(length, (joints[0][2] - _NEAREST_MM) / -axis[2] - start)
    if length < 20:
        return row
    grow = _arm(26, 0.07, start + length) / _arm(26, 0.07, start) * rng.uniform(1.0, 1.15)
    center = along(joints[0], axis, start + length / 2)
    half = scaled(axis, length / 2)
    shapes3d.frustum(table[row], SLEEVE, center, scaled(wide, width), scaled(flat, depth), half, grow)
    row += 1
    if rng.random() < 0.5:
        cuff, fit = rng.uniform(15, 60), rng.uniform(1.03, 1.15)
        center = along(joints[0], axis, start + cuff / 2)
        ends = (scaled(wide, width * fit), scaled(flat, depth * fit), scaled(axis, cuff / 2))
        shapes3d.frustum(table[row], SLEEVE, center, ends[0], ends[1], ends[2], 1 + (grow - 1) * cuff / length)
        row += 1
    for _ in range(rng.integers(0, 3)):
        at = rng.uniform(10, 130)
        thick = (1 + (grow - 1) * at / length) * rng.uniform(1.03, 1.14)
        fold = unit(along(axis, any_direction(rng), 0.35))
        first = square_to(fold, wide)
        center = along(joints[0], axis, start + at)
        ends = (
            scaled(first, width * thick),
            scaled(cross(fold, first), depth * thick),
            scaled(fold, rng.uniform(8, 18)),
        )
        shapes3d.ellipsoid(table[row], SLEEVE, center, ends[0], ends[1], ends[2])
        row += 1
    return row


@jit
def _arm(wrist: float, growth: float, at: float) -> float:
    """Half the forearm's width or depth in mm, `at` mm above the wrist."""
    return wrist + growth * max(at, 0.0)


@jit
def second_hand(table: Floats, row: int, rng: np.random.Generator, joints: Floats) -> int:
    """Another hand of capsules: beside and behind the first, or reaching in before it to hide a few joints."""
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
    """A cable, strap or stick right across the view, before the hand one time in three; or a rail or rim behind it."""
    middle = along(scaled(joints[0], 0.4), joints[9], 0.6)
    rim = rng.random() < 0.35
    radius = rng.uniform(10, 17) if rim else rng.uniform(1.5, 6)
    if not rim and rng.random() < 0.45:
        depth = joints[:, 2].min() - rng.uniform(15, 60)
    else:
        depth = joints[:, 2].max() + rng.uniform(20, 120) + radius
    angle, lean = rng.uniform(-np.pi, np.pi), 0.0 if rim else 0.08
    heading = unit(vector(np.cos(angle), np.sin(angle), rng.normal(0, lean)))
    sideways = cross(heading, vector(0, 0, 1))
    start = along(along(middle, sideways, rng.uniform(-120, 120)), heading, -200)
    start[2] = depth
    bend = rng.uniform(0.0, 0.5)  # radians a piece; a steering wheel's rim has about 0.5
    for _ in range(4):
        end = along(start, heading, 100)
        shapes3d.round_cone(table[row], CABLE, start, end, radius, radius)
        start, row = end, row + 1
        if rim:
            heading = turned(heading, vector(0, 0, 1), bend)
        else:
            swerve = vector(rng.normal(0, 0.14), rng.normal(0, 0.14), rng.normal(0, 0.04))
            heading = unit(along(heading, swerve, 1))
    return row
