"""How a hand is bent: angles of its joints, measured on the skeleton alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thenar.hand.palm import wrist_relative
from thenar.hand.skeleton import FINGERS, WRIST

Floats = NDArray[np.float32]

_CHAINS = np.array(list(FINGERS.values()))
_STARTS = np.array([(WRIST, *chain[:-1], WRIST) for chain in FINGERS.values()])
_ENDS = np.array([(*chain, chain[-1]) for chain in FINGERS.values()])


@dataclass(frozen=True)
class Articulation:
    """Angles in radians; rows are thumb, index, middle, ring, little.

    flexion: (5, 3) at MCP, PIP and DIP of a finger, at CMC, MCP and IP of the thumb; 0 is straight, more is closed.
    abduction: (5,) of the first bone to the thumb's side within the palm's plane. reach: (5,) the tip's distance from
    the wrist as a share of the length of the bones between them: 1 is stretched out.
    """

    flexion: Floats
    abduction: Floats
    reach: Floats


def articulation(joints_mm: NDArray[np.floating], side: str) -> Articulation:
    """The angles of joints (21, 3) mm of a `side` hand; the same for a hand and its mirror image.

    The first bone's flexion is its angle out of the palm's plane; every other is the angle between two bones, which a
    skeleton can't give a sign.

    Raises:
        ThenarError: as `palm_axes`.
    """
    own = wrist_relative(joints_mm, side).astype(np.float64)
    bones = np.diff(own[_CHAINS], axis=1)  # (5, 3, 3)
    first = bones[:, 0]
    flexion = np.empty((5, 3))
    flexion[:, 0] = np.arctan2(-first[:, 2], -first[:, 1])
    flexion[:, 1:] = _angle(bones[:, :-1], bones[:, 1:])
    abduction = np.arctan2(first[:, 0], np.hypot(first[:, 1], first[:, 2]))
    return Articulation(flexion.astype(np.float32), abduction.astype(np.float32), finger_reach(own))


def finger_reach(joints_mm: NDArray[np.floating]) -> Floats:
    """`Articulation.reach` (5,) alone, of joints (21, 3) mm in any frame: distances don't depend on it."""
    joints = np.asarray(joints_mm, np.float64)
    steps = joints[_ENDS] - joints[_STARTS]  # (5, 5, 3): along the four bones, then straight
    lengths = np.sqrt((steps * steps).sum(axis=2))
    reach: Floats = (lengths[:, 4] / np.maximum(lengths[:, :4].sum(axis=1), 1e-6)).astype(np.float32)
    return reach


def _angle(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3) x2 -> (...) angles between vectors, exact for small ones too (Kahan 2006, "How Futile...")."""
    one = one / np.maximum(np.linalg.norm(one, axis=-1, keepdims=True), 1e-9)
    other = other / np.maximum(np.linalg.norm(other, axis=-1, keepdims=True), 1e-9)
    angle: NDArray[np.float64] = 2 * np.arctan2(
        np.linalg.norm(one - other, axis=-1), np.linalg.norm(one + other, axis=-1)
    )
    return angle
