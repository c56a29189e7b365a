"""A hand that rests is told at rest, and one that moves without delay: the low pass opens where noise can't explain.

A One-Euro filter (`smooth`) opens with speed, and at rest a network's noise looks like speed: the less sure a tip, the
more it trembles. Here three things are different. Noise is measured while the hand is followed, and a speed counts
only as far as noise alone would not show it. The hand as a whole, whose noise is a fifth of a fingertip's, has a filter
of its own; the others see each joint's place in the hand. And a filter that has just closed averages all that it has
seen since, as a Kalman filter of a resting point does, instead of creeping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.live.smooth import gain

Floats = NDArray[np.float32]
Points = NDArray[np.float64]

_SECOND_DIFFERENCE: Final = 6.0
"""Variance of x[t] - 2 x[t-1] + x[t-2] in variances of x, for white noise: 1 + 4 + 1. Steady motion adds nothing."""

_LARGEST_SURPRISE: Final = 25.0
_FLOOR_MM2: Final = 1.0
"""A second difference counts for no more than this many times the noise known so far, plus this."""

_FIRST: Final = 5
"""Frames in which the noise isn't known well enough to doubt a difference."""


_LONGEST_S: Final = 0.2
"""Readings further apart tell nothing of each other: the later ones pass as they are."""


@dataclass(frozen=True)
class GateConfig:
    """rest_hz: cut-off at rest. beta_hz_per_mm_s: how fast it opens with speed. speed_cutoff_hz: of the speed itself.

    doubt: a speed begins to count at so many standard deviations of what noise alone would show, and counts in full at
    twice as many. remembered: frames over which noise is averaged.
    """

    rest_hz: float = 0.3
    beta_hz_per_mm_s: float = 0.4
    speed_cutoff_hz: float = 2.0
    doubt: float = 3.5
    remembered: int = 30


@dataclass
class _State:
    """What is known of N points: told (N, 3) mm, velocity (N, 3) mm/s, gain and variance (N, 1), the last readings."""

    time_s: float
    told: Points
    velocity: Points
    gain: Points
    variance: Points
    past: list[Points]
    differences: int = 0


class GatedFilter:
    """Filters points in mm, sampled at times in seconds, each on its own."""

    def __init__(self, config: GateConfig | None = None) -> None:
        self.config = config or GateConfig()
        self.reset()

    def reset(self) -> None:
        """Forget the past; the next points pass as they are."""
        self._state: _State | None = None

    def __call__(self, points_mm: NDArray[np.floating], time_s: float) -> Points:
        """(N, 3) mm -> the same, filtered. A time that does not advance, or advances by much, restarts the filter."""
        points, state, config = np.asarray(points_mm, np.float64), self._state, self.config
        if state is None or not 0 < time_s - state.time_s <= _LONGEST_S:
            unknown = np.zeros((len(points), 1))
            self._state = _State(time_s, points, np.zeros_like(points), unknown + 1, unknown, [points])
            return points.copy()
        dt = time_s - state.time_s
        self._learn(state, points)
        share = gain(config.speed_cutoff_hz, dt)
        state.velocity = state.velocity + share * ((points - state.told) / dt - state.velocity)
        speed = np.linalg.norm(state.velocity, axis=1, keepdims=True)
        # what white noise leaves in the speed: an exponential average keeps share / (2 - share) of a variance
        doubtful = config.doubt * np.sqrt(3 * state.variance * share / (2 - share)) / dt
        counts = np.clip((speed - doubtful) / np.maximum(doubtful, 1e-6), 0, 1)
        opened = gain(config.rest_hz + config.beta_hz_per_mm_s * speed * counts, dt)
        state.gain = np.maximum(opened, state.gain / (1 + state.gain))  # as a mean of all since it opened, or faster
        state.told = state.told + state.gain * (points - state.told)
        state.time_s = time_s
        return state.told.copy()

    def _learn(self, state: _State, points: Points) -> None:
        """Each point's variance of noise, mm^2 an axis: the mean of its second differences."""
        state.past = [*state.past[-2:], points]
        if len(state.past) < 3:
            return
        second = state.past[2] - 2 * state.past[1] + state.past[0]
        variance = np.sum(second**2, axis=1, keepdims=True) / (3 * _SECOND_DIFFERENCE)
        state.differences = min(state.differences + 1, self.config.remembered)
        if state.differences > _FIRST:
            variance = np.minimum(variance, _LARGEST_SURPRISE * state.variance + _FLOOR_MM2)
        state.variance = state.variance + (variance - state.variance) / state.differences


@dataclass(frozen=True)
class HandFilterConfig:
    """whole: for the middle of the hand, which is sure and must not lag. joints: for each joint's place in the hand."""

    whole: GateConfig = field(default_factory=lambda: GateConfig(beta_hz_per_mm_s=0.3, speed_cutoff_hz=4.0))
    joints: GateConfig = field(default_factory=GateConfig)


class HandFilter:
    """Filters one hand's joints."""

    def __init__(self, config: HandFilterConfig | None = None) -> None:
        self.config = config or HandFilterConfig()
        self._whole, self._joints = GatedFilter(self.config.whole), GatedFilter(self.config.joints)

    def reset(self) -> None:
        """Forget the past; the next joints pass as they are."""
        self._whole.reset()
        self._joints.reset()

    def __call__(self, joints_mm: Floats, time_s: float) -> Floats:
        """(21, 3) mm at a time in seconds -> the same, filtered; restarts where `GatedFilter` does."""
        middle = joints_mm.mean(axis=0, keepdims=True)
        told = self._whole(middle, time_s) + self._joints(joints_mm - middle, time_s)
        filtered: Floats = told.astype(np.float32)
        return filtered
