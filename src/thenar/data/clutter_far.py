"""What stands behind and around a hand: a person, a table or seat, a wall, things.

Every function fills rows of a shape table (see `shapes3d`) from `row` on and returns the next free row. All lengths are
mm in the camera frame; joints (21, 3). Sizes are those of adults, furniture and household things.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import shapes3d
from thenar.data.jit import jit
from thenar.data.vector3 import along, any_direction, cross, dot, scaled, square_to, turned, unit, vector

Floats = NDArray[np.float32]

BODY: Final = 3
SURFACE: Final = 4
WALL: Final = 5
THING: Final = 6


@jit
def body(table: Floats, row: int, rng: np.random.Generator, joints: Floats, forearm: Floats, elbow: Floats) -> int:
    """A person 50 to 400 mm behind the hand: chest, shoulders, neck, head with a nose, upper arm.

    Half the time the shoulder belongs to the hand's own elbow (3,); else the person stands anywhere behind.
    """
    up = _upwards(rng, forearm)
    back = unit(along(vector(0, 0, 1), up, rng.uniform(-0.3, 0.3)))
    back = square_to(up, back)
    right = cross(up, back)
    deepest, middle = joints[:, 2].max(), _middle(joints)
    wide, tall, deep = rng.uniform(140, 195), rng.uniform(230, 300), rng.uniform(90, 130)
    side = 1.0 if rng.random() < 0.5 else -1.0

    own = rng.random() < 0.5
    if own:
        lean = unit(along(along(scaled(up, rng.uniform(0.2, 1)), back, rng.uniform(0.3, 1)), right, rng.normal(0, 0.4)))
        shoulder = along(elbow, lean, rng.uniform(240, 310))
        chest = along(along(shoulder, up, -0.7 * tall), right, side * wide)
    else:
        chest = along(along(middle, right, rng.uniform(-260, 260)), up, rng.uniform(-560, 100))
    nearest_z = deepest + 50 + 350 * rng.random() ** 1.3
    chest[2] = max(chest[2], nearest_z + deep) if own else nearest_z + deep
    shapes3d.ellipsoid(table[row], BODY, chest, scaled(right, wide), scaled(up, tall), scaled(back, deep))
    row += 1

    shoulders, reach = along(chest, up, 0.68 * tall), 0.95 * wide
    left, right_end = along(shoulders, right, -reach), along(shoulders, right, reach)
    shapes3d.round_cone(table[row], BODY, left, right_end, 62, 62)
    neck = along(chest, up, tall - 25)
    head = along(along(neck, up, rng.uniform(135, 165)), back, rng.uniform(-60, 0))
    turn = rng.normal(0, 0.35)
    face, ear = turned(scaled(back, -1), up, turn), turned(right, up, turn)
    shapes3d.round_cone(table[row + 1], BODY, neck, head, 62, 52)
    shapes3d.ellipsoid(table[row + 2], BODY, head, scaled(ear, 75), scaled(up, 112), scaled(face, 96))
    nose = along(along(head, face, 92), up, -12)
    shapes3d.ellipsoid(table[row + 3], BODY, nose, scaled(ear, 15), scaled(up, 26), scaled(face, 18))
    row += 4
    if own:
        shapes3d.round_cone(
            table[row], BODY, left if side > 0 else right_end, elbow, rng.uniform(52, 68), rng.uniform(42, 52)
        )
        row += 1
    return row


@jit
def surface(table: Floats, row: int, rng: np.random.Generator, joints: Floats, forearm: Floats) -> int:
    """A table, seat or lap under or behind the hand and its forearm, with edges; it touches neither."""
    up = _upwards(rng, forearm)
    normal = unit(along(scaled(up, rng.uniform(0.05, 1)), vector(0, 0, 1), -rng.uniform(0.1, 1)))
    lowest = np.inf
    for joint in range(joints.shape[0]):
        lowest = min(lowest, dot(joints[joint], normal) - 14)
    lowest = min(lowest, dot(along(joints[0], forearm, 160), normal) - 48)
    height = lowest - 200 * rng.random() ** 2
    if height > 0:
        return row  # the camera would look at it from below, through it
    middle = _middle(joints)
    foot = along(middle, normal, height - dot(middle, normal))
    across = square_to(normal, any_direction(rng))
    other = cross(normal, across)
    half_0, half_1 = rng.uniform(150, 700), rng.uniform(150, 700)
    center = along(along(foot, across, rng.uniform(-1.1, 1.1) * half_0), other, rng.uniform(-1.1, 1.1) * half_1)
    shapes3d.plate(table[row], SURFACE, center, scaled(across, half_0), scaled(other, half_1))
    return row + 1


@jit
def wall(table: Floats, row: int, rng: np.random.Generator, joints: Floats) -> int:
    """A wall, door or seat back 0.15 to 2.5 m behind the hand, turned by up to 35 degrees; sometimes it ends nearby."""
    behind = joints[:, 2].max() + 150 + 2350 * rng.random() ** 2
    normal = turned(vector(0, 0, -1), unit(vector(rng.normal(0, 1), rng.normal(0, 1), 0)), rng.uniform(0, 0.6))
    across = square_to(normal, any_direction(rng))
    other = cross(normal, across)
    center = scaled(_middle(joints), behind / _middle(joints)[2])
    if rng.random() < 0.3:
        center = along(center, across, 5000 + rng.uniform(-250, 250))
    shapes3d.plate(table[row], WALL, center, scaled(across, 5000), scaled(other, 5000))
    return row + 1


@jit
def things(table: Floats, row: int, rng: np.random.Generator, joints: Floats) -> int:
    """One to three boxes, cups or balls beside or behind the hand, clear of it and never before it."""
    middle = _middle(joints)
    for _ in range(rng.integers(1, 4)):
        size = rng.uniform(20, 100)
        center = along(middle, any_direction(rng), rng.uniform(60, 260))
        center[2] = middle[2] + abs(center[2] - middle[2])
        clear = np.inf
        for joint in range(joints.shape[0]):
            gap = along(joints[joint], center, -1)
            clear = min(clear, np.sqrt(dot(gap, gap)) - 18)
        size = min(size, clear)
        if size < 12:
            continue
        axis = any_direction(rng)
        first = square_to(axis, any_direction(rng))
        second = cross(axis, first)
        kind = rng.integers(0, 3)
        if kind == 0:  # half axes whose squares add up to at most size^2: the corners stay clear too
            a, b, c = rng.uniform(0.25, 0.57), rng.uniform(0.25, 0.57), rng.uniform(0.1, 0.57)
            shapes3d.box(
                table[row], THING, center, scaled(first, a * size), scaled(second, b * size), scaled(axis, c * size)
            )
        elif kind == 1:
            radius = rng.uniform(0.2, 0.6) * size
            ends = (scaled(first, radius), scaled(second, radius), scaled(axis, 0.75 * size))
            shapes3d.frustum(table[row], THING, center, ends[0], ends[1], ends[2], rng.uniform(0.7, 1.1))
        else:
            radius = 0.8 * size
            shapes3d.ellipsoid(
                table[row], THING, center, scaled(first, radius), scaled(second, radius), scaled(axis, radius)
            )
        row += 1
    return row


@jit
def _upwards(rng: np.random.Generator, forearm: Floats) -> Floats:
    """Which way is up in the image: mostly the camera stands upright, else the forearm points down, else any way."""
    kind = rng.random()
    if kind < 0.55:
        angle = rng.normal(0, 0.2)
    elif kind < 0.8:
        angle = np.arctan2(-forearm[0], forearm[1]) + rng.normal(0, 0.6)
    else:
        angle = rng.uniform(-np.pi, np.pi)
    tilt = rng.normal(0, 0.25)  # the camera looks up or down
    return unit(vector(np.sin(angle), -np.cos(angle), tilt))


@jit
def _middle(joints: Floats) -> Floats:
    out = np.zeros(3, np.float32)
    for joint in range(joints.shape[0]):
        out += joints[joint]
    return out / np.float32(joints.shape[0])
