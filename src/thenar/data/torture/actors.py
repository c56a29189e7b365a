"""Hands for the sequences: poses that training never sees, moved along a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import gestures, motion, poses
from thenar.data.duet import Actor, Side
from thenar.data.limits import Angles
from thenar.data.torture.sequence import FPS
from thenar.data.views import rotation

Floats = NDArray[np.float32]
Stop = tuple[float, tuple[float, float, float]]
"""Seconds, and where the middle of the hand then is: mm, camera frame."""

POSES: Final = 6
"""How many held-out poses a hand goes through, beside the held-out gestures."""


def library(seed: int) -> dict[str, Angles]:
    """Angles (21, 3) by name: the held-out gestures, and held-out poses that have no name of their own."""
    drawn = poses.sample_many(seed, POSES, held_out=True, kind="mixed")
    named = {name: gestures.GESTURES[name] for name in gestures.HELD_OUT}
    return named | {f"pose {number}": angles for number, angles in enumerate(drawn)}


def actor(side: Side, seed: int, frames: int, stops: Sequence[Stop], view_deg: Floats | None = None) -> Actor:
    """A hand that goes through its library of poses on the way from stop to stop.

    view_deg (3,): yaw, pitch and roll, held; without it the hand turns as `motion.sequence` has it.
    """
    move = motion.sequence(seed, frames, FPS, library=library(seed))
    move = replace(move, centers_mm=path(move.times_s, stops))
    if view_deg is not None:
        move = replace(move, views=np.repeat(rotation(*map(float, view_deg))[None], frames, axis=0))
    return Actor(side, move)


def path(times_s: NDArray[np.float64], stops: Sequence[Stop]) -> Floats:
    """(T, 3) mm: from stop to stop, each way with minimum jerk; at rest before the first and after the last."""
    at = np.array([time for time, _ in stops])
    places = np.array([place for _, place in stops])
    later = np.clip(np.searchsorted(at, times_s, side="right"), 1, max(len(at) - 1, 1))
    if len(at) == 1:
        return np.repeat(places, len(times_s), axis=0).astype(np.float32)
    share = motion.minimum_jerk((times_s - at[later - 1]) / (at[later] - at[later - 1]))
    out: Floats = (places[later - 1] + share[:, None] * (places[later] - places[later - 1])).astype(np.float32)
    return out
