"""A hand that moves as hands do: from gesture to gesture on smooth paths, turning and drifting before the camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import gestures, views
from thenar.data.contact import depth_mm
from thenar.data.kinematics import forward
from thenar.data.limits import Angles, clamp
from thenar.data.poses import Hand, reference_hand
from thenar.errors import ThenarError
from thenar.hand.skeleton import FINGERS

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

_MOVE_S: Final = (0.4, 0.9)
_HOLD_S: Final = (0.3, 0.8)
"""How long one gesture takes to become the next, and how long it is held, in seconds."""

_FINGER_LAG: Final = 0.08
"""Largest share of a move by which a finger starts late; people don't move all fingers at once."""

_THUMB_WAYS: Final = ((0.0, 0.0), (0.35, 0.0), (-0.35, 0.0), (0.0, 0.6), (0.35, 0.6), (-0.35, 0.6), (0.0, 1.0))
"""(lag, detour) of the thumb, tried in turn: together with the fingers; last or first, as it must go to close over the
fingers or to come out from under them; by way of the open hand, this share of the way, to get around them."""

_LARGEST_CONTACT_MM: Final = 1.0
_CHECKS: Final = 24
_THUMB: Final = list(FINGERS["thumb"])

YAW_DEG: Final = (10.0, 35.0)
PITCH_DEG: Final = (15.0, 25.0)
ROLL_DEG: Final = (0.0, 30.0)
"""(middle, reach) of the view's angles over a motion: the palm seen from all around, fingers mostly up."""


@dataclass(frozen=True)
class Motion:
    """One moving hand over T frames: what to pose, how to turn it and where to put it.

    `times_s` (T,); `angles` (T, 21, 3) radians; `views` (T, 3, 3) hand frame to camera frame; `centers_mm` (T, 3)
    camera frame, where the middle of the hand is; `names` (T,), the gesture that is held, "" on the way to the next.
    """

    times_s: Times
    angles: Angles
    views: Floats
    centers_mm: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.times_s)


def minimum_jerk(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Position in [0, 1] after `share` of a move's time: 10 s^3 - 15 s^4 + 6 s^5, clipped to [0, 1].

    Source: Flash & Hogan, "The coordination of arm movements", J. Neurosci. 1985.
    """
    s = np.clip(share, 0.0, 1.0)
    moved: NDArray[np.float64] = s**3 * (10.0 - 15.0 * s + 6.0 * s**2)
    return moved


def _wander(rng: np.random.Generator, times: Times, slowest_s: float = 6.0) -> NDArray[np.float64]:
    """(T,) a smooth path within [-1, 1]: three slow waves with random phases."""
    waves = [
        weight * np.sin(2 * np.pi * (times / (slowest_s / (k + 1) * rng.uniform(0.85, 1.2)) + rng.random()))
        for k, weight in enumerate((0.6, 0.28, 0.12))
    ]
    path: NDArray[np.float64] = np.sum(waves, axis=0)
    return path


@dataclass(frozen=True)
class _Move:
    """From one pose to another: each joint row starts `lags` (21,) of the time late, the thumb makes a detour.

    A late row moves faster, so that all arrive together; a negative lag arrives early.
    """

    start: Angles
    end: Angles
    lags: NDArray[np.float64]
    detour: float


def _along(move: _Move, share: NDArray[np.float64]) -> Angles:
    """(T, 21, 3) poses at `share` (T,) of a move's time."""
    late, early = np.maximum(move.lags, 0.0), np.maximum(-move.lags, 0.0)
    own = (share[:, None] - late) / (1.0 - late - early)
    path = (move.start + minimum_jerk(own)[:, :, None] * (move.end - move.start)).astype(np.float32)
    s = np.clip(share, 0.0, 1.0)[:, None, None]
    there_and_back = 64.0 * (s * (1.0 - s)) ** 3 * move.detour
    path[:, _THUMB] += there_and_back * (gestures.GESTURES["open"][_THUMB] - path[:, _THUMB])
    for angles in path:
        clamp(angles)
    return path


def _deepest(path: Angles, hand: Hand) -> float:
    return max(float(depth_mm(forward(*hand, angles)[1])) for angles in path)


def _plan(rng: np.random.Generator, start: Angles, end: Angles, hand: Hand) -> _Move:
    """A move on which no finger passes through another, or the one on which it shows least."""
    checks = np.linspace(0.0, 1.0, _CHECKS)
    moves, depths = [], []
    for thumb_lag, detour in _THUMB_WAYS:
        lags = np.zeros(21)
        for rows in FINGERS.values():
            lags[list(rows)] = rng.uniform(0.0, _FINGER_LAG)
        lags[_THUMB] += thumb_lag
        moves.append(_Move(start, end, lags, detour))
        depths.append(_deepest(_along(moves[-1], checks), hand))
        if depths[-1] <= _LARGEST_CONTACT_MM:
            break
    return moves[int(np.argmin(depths))]


def _through(
    rng: np.random.Generator, times: Times, names: Sequence[str], library: Mapping[str, Angles], hand: Hand
) -> tuple[Angles, tuple[str, ...]]:
    """Angles (T, 21, 3) that hold and change the poses `names` in turn, over and over, and what each frame holds."""
    angles = np.empty((len(times), 21, 3), np.float32)
    held = [""] * len(times)
    now, at = float(times[0]), 0
    while now <= times[-1]:
        name, following = names[at % len(names)], names[(at + 1) % len(names)]
        start, end = library[name], library[following]
        leave = now + rng.uniform(*_HOLD_S)
        arrive = leave + rng.uniform(*_MOVE_S)
        frames = np.flatnonzero((times >= now) & (times < arrive))
        share = (times[frames] - leave) / (arrive - leave)
        angles[frames] = _along(_plan(rng, start, end, hand), share)
        for frame in frames[share <= 0]:
            held[frame] = name
        now, at = arrive, at + 1
    return angles, tuple(held)


def sequence(
    seed: int,
    frames: int,
    fps: float = 30.0,
    *,
    names: Sequence[str] | None = None,
    library: Mapping[str, Angles] = gestures.GESTURES,
    center_mm: tuple[float, float, float] = (0.0, 0.0, 520.0),
    reach_mm: tuple[float, float, float] = (70.0, 45.0, 110.0),
    hand: Hand | None = None,
) -> Motion:
    """Make a motion of `frames` frames; the same for the same arguments.

    `names` are the poses of `library` to go through, in order and over and over (default: all, in an order drawn from
    the seed); the library holds angles (21, 3) by name.
    The hand's middle stays within `reach_mm` of `center_mm` on each axis, in mm and the camera frame. `hand` is the one
    whose fingers must not pass through each other (default: `poses.reference_hand`).

    Raises ThenarError for a pose that isn't known, or for no frames.
    """
    if frames < 1 or not fps > 0:
        raise ThenarError(f"a motion of {frames} frames at {fps} per second", fix="ask for at least one frame")
    rng = np.random.default_rng((seed, frames))
    names = [str(name) for name in (rng.permutation(list(library)) if names is None else names)]
    for name in names:
        if name not in library:
            raise ThenarError(f"unknown gesture {name!r}", fix=f"use one of {', '.join(library)}")
    times = np.arange(frames) / fps
    angles, held = _through(rng, times, names, library, hand if hand is not None else reference_hand())
    for axis, reach_deg in ((0, 14.0), (1, 7.0)):
        angles[:, 0, axis] = np.radians(reach_deg) * _wander(rng, times, 4.0)
    turns = [middle + reach * _wander(rng, times) for middle, reach in (YAW_DEG, PITCH_DEG, ROLL_DEG)]
    drift = np.stack([_wander(rng, times) for _ in range(3)], axis=1)
    return Motion(
        times_s=times,
        angles=angles,
        views=np.stack([views.rotation(*view) for view in zip(*turns, strict=True)]),
        centers_mm=(np.array(center_mm) + np.array(reach_mm) * drift).astype(np.float32),
        names=held,
    )
