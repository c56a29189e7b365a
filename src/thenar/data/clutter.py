"""Everything in a depth frame that isn't the hand: who and what stands behind it, lies around it and hides parts of it.

A plan is a short table of bodies made of formulas, placed around one hand, that anybody can print; drawing it takes no
chance. What is drawn with which probability is a `ClutterMix`, which a recipe names.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter_far, clutter_held, clutter_near, shapes3d
from thenar.data.jit import jit

Floats = NDArray[np.float32]
Ids = NDArray[np.uint8]

NAMES: Final[dict[int, str]] = {
    clutter_near.ARM: "arm",
    clutter_far.BODY: "body",
    clutter_far.SURFACE: "surface",
    clutter_far.WALL: "wall",
    clutter_far.THING: "thing",
    clutter_near.SLEEVE: "sleeve",
    clutter_held.HELD: "held",
    clutter_near.SECOND_HAND: "second hand",
    clutter_near.CABLE: "cable",
}
"""What the ids of clutter mean; the arm continues the hand's own forearm and has its id, `raster.FOREARM`."""

_MAX_SHAPES: Final = 34
"""Arm 2, body 6, surface 1, wall 1, things 3, sleeve 4, held 1, second hand 12, cable 4."""


@dataclass(frozen=True)
class ClutterMix:
    """The probability, 0 to 1, that a scene holds each kind of clutter; kinds are drawn independently of each other."""

    arm: float = 0.9
    body: float = 0.5
    surface: float = 0.25
    wall: float = 0.4
    things: float = 0.25
    sleeve: float = 0.5
    held: float = 0.18
    second_hand: float = 0.12
    cable: float = 0.08

    @cached_property
    def chances(self) -> Floats:
        """(9,) in the order of the fields."""
        return np.array(astuple(self), np.float32)


TRAIN: Final = ClutterMix()
ONE_HAND: Final = ClutterMix(second_hand=0)
"""For measuring a tracker of one hand: with a second one in view nobody could say which is meant."""
NONE: Final = ClutterMix(0, 0, 0, 0, 0, 0, 0, 0, 0)
MIXES: Final[dict[str, ClutterMix]] = {"train": TRAIN, "one_hand": ONE_HAND, "none": NONE}


@dataclass(frozen=True)
class ClutterPlan:
    """What stands around one hand: a shape table (N, `shapes3d.COLUMNS`), mm in the camera frame."""

    shapes: Floats

    def names(self) -> dict[str, int]:
        """How many bodies of each kind."""
        return dict(Counter(NAMES[int(row[1])] for row in self.shapes))


def plan(
    rng: np.random.Generator,
    joints_mm: Floats,
    forearm: Floats | None = None,
    mix: ClutterMix = TRAIN,
) -> ClutterPlan:
    """Clutter around a right hand, drawn from `rng` alone.

    joints_mm (21, 3) camera frame; forearm (3,): the direction from the wrist to the elbow, by default the palm's.
    """
    joints = np.ascontiguousarray(joints_mm, np.float32)
    direction = joints[0] - joints[9] if forearm is None else np.asarray(forearm, np.float32)
    table = np.zeros((_MAX_SHAPES, shapes3d.COLUMNS), np.float32)
    count = _fill(table, rng, joints, (direction / np.linalg.norm(direction)).astype(np.float32), mix.chances)
    return ClutterPlan(table[:count])


def draw(depth: Floats, ids: Ids, fx: float, fy: float, cx: float, cy: float, plan: ClutterPlan) -> None:
    """Draw a plan into a window (see `raster`), in place: what is nearer than what is there already wins."""
    shapes3d.draw(depth, ids, plan.shapes, fx, fy, cx, cy)


@jit
def _fill(table: Floats, rng: np.random.Generator, joints: Floats, forearm: Floats, chances: Floats) -> int:
    row, elbow = 0, clutter_near.elbow_of(joints, forearm)
    if rng.random() < chances[0]:
        row = clutter_near.arm(table, row, rng, joints, forearm)
    if rng.random() < chances[1]:
        row = clutter_far.body(table, row, rng, joints, forearm, elbow)
    if rng.random() < chances[2]:
        row = clutter_far.surface(table, row, rng, joints, forearm)
    if rng.random() < chances[3]:
        row = clutter_far.wall(table, row, rng, joints)
    if rng.random() < chances[4]:
        row = clutter_far.things(table, row, rng, joints)
    if rng.random() < chances[5]:
        row = clutter_near.sleeve(table, row, rng, joints, forearm)
    if rng.random() < chances[6]:
        row = clutter_held.held(table, row, rng, joints)
    if rng.random() < chances[7]:
        row = clutter_near.second_hand(table, row, rng, joints)
    if rng.random() < chances[8]:
        row = clutter_near.cable(table, row, rng, joints)
    return row
