"""Which stage is too slow for the frames that come."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

MEMORY: Final = 60
"""Frames that are looked back on."""

SLOW_SHARE: Final = 0.05
"""Share of frames that must have been lost before a stage is named: one hiccup of the machine is none."""

GAP: Final = 1.5
"""A frame that comes later than this many usual intervals after the last left one out."""


class Behind:
    """Names the stage that loses frames.

    Where frames wait for the tracking thread until newer ones replace them, the longest of its stages is named. Where
    the frames themselves come with gaps in their times, the source is: `capture`.
    """

    def __init__(self) -> None:
        self._dropped = 0
        self._last_s: float | None = None
        self._lost: deque[bool] = deque(maxlen=MEMORY)
        self._gaps: deque[float] = deque(maxlen=MEMORY)
        self._missing: deque[bool] = deque(maxlen=MEMORY)

    def __call__(self, time_s: float, dropped: int, stages_ms: Mapping[str, float]) -> str:
        """The stage's name or "", after a frame of this time, with so many dropped in all before it."""
        lost, self._dropped = dropped > self._dropped, dropped
        gap = time_s - self._last_s if self._last_s is not None else 0.0
        self._last_s = time_s
        self._lost.append(lost)
        if not lost and gap > 0:
            self._missing.append(bool(self._gaps) and gap > GAP * sorted(self._gaps)[len(self._gaps) // 4])
            self._gaps.append(gap)
        if _often(self._lost):
            return max(stages_ms, key=lambda stage: stages_ms[stage])
        return "capture" if _often(self._missing) else ""


def _often(events: deque[bool]) -> bool:
    return len(events) >= MEMORY // 2 and sum(events) > SLOW_SHARE * len(events)
