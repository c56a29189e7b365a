"""One-Euro filter: little jitter when the hand rests, little lag when it moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class OneEuroConfig:
    """Cut-off of a resting hand (Hz), how fast it opens with speed (Hz per mm/s), cut-off of the speed itself (Hz)."""

    min_cutoff_hz: float = 1.0
    beta_hz_per_mm_s: float = 0.06
    speed_cutoff_hz: float = 2.0


class OneEuro:
    """Filters an array of positions in mm, sampled at times in seconds; every component on its own.

    Casiez, Roussel and Vogel, "1 Euro Filter", CHI 2012: a first-order low pass whose cut-off is
    min_cutoff + beta * |filtered speed|.
    """

    def __init__(self, config: OneEuroConfig | None = None) -> None:
        self.config = config or OneEuroConfig()
        self.reset()

    def reset(self) -> None:
        """Forget the past; the next value passes as it is."""
        self._time: float | None = None
        self._value: Floats | None = None
        self._speed: Floats | None = None

    def __call__(self, value: Floats, time_s: float) -> Floats:
        """Filtered `value`, same shape, mm. A time that does not advance restarts the filter."""
        if self._value is None or self._speed is None or self._time is None or time_s <= self._time:
            self._time, self._value, self._speed = time_s, value.astype(np.float32), np.zeros_like(value, np.float32)
            return self._value.copy()
        dt = time_s - self._time
        raw_speed = (value - self._value) / dt
        speed_gain = gain(self.config.speed_cutoff_hz, dt)
        self._speed = (self._speed + speed_gain * (raw_speed - self._speed)).astype(np.float32)
        cutoff = (self.config.min_cutoff_hz + self.config.beta_hz_per_mm_s * np.abs(self._speed)).astype(np.float32)
        self._value = (self._value + gain(cutoff, dt) * (value - self._value)).astype(np.float32)
        self._time = time_s
        return self._value.copy()


def gain(cutoff_hz: NDArray[np.floating] | float, dt: float) -> NDArray[np.float64]:
    """Weight of the new sample in an exponential low pass with this cut-off in Hz, sampled every `dt` seconds."""
    weight: NDArray[np.float64] = 1 / (1 + 1 / (2 * np.pi * np.asarray(cutoff_hz, np.float64) * dt))
    return weight
