"""Times of frames that only ever grow, whatever the camera's clock does."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

TICK_S: Final = 2.0**-20
"""Times are whole ticks of a microsecond or so. A power of two, it makes differences of such times exact in floating
point: frames that were recorded are as far apart, to the bit, as they were live, wherever the recording began."""

LONGEST_LEAP_S: Final = 1.0
"""A clock that runs ahead of twice the host's by more has been set, or has begun anew, and is not believed."""


def whole_ticks(time_s: float) -> float:
    """The tick nearest to a time in seconds."""
    return round(time_s / TICK_S) * TICK_S


class FrameClock:
    """Seconds since the first frame, growing by at least a tick from frame to frame.

    While the camera's clock runs on, its differences are kept. Where it is missing, runs backwards, stands still or
    leaps (another clock after a replug) the host's clock says how much time went by. clock: the host's, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._host: float | None = None
        self._device: float | None = None
        self._last = 0.0
        self.corrections = 0

    def restarted(self) -> None:
        """The camera was started again: its clock may be another one."""
        self._device = None

    def time_s(self, device_s: float | None) -> float:
        """The time of a frame that has just come, with what the camera says it is."""
        now = self._clock()
        device = device_s if device_s is not None and math.isfinite(device_s) else None
        if self._host is not None:
            self._last += max(self._gap(now - self._host, device), TICK_S)
        self._host, self._device = now, device
        return self._last

    def _gap(self, host_gap: float, device: float | None) -> float:
        if device is None or self._device is None:
            return whole_ticks(host_gap)
        if 0 < device - self._device <= 2 * host_gap + LONGEST_LEAP_S:
            return whole_ticks(device) - whole_ticks(self._device)
        self.corrections += 1
        return whole_ticks(host_gap)
