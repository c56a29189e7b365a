"""Where a hand will be: its last place, and a speed that dies away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHORTEST_S: Final = 1e-6
"""Times closer than this are one."""


@dataclass(frozen=True)
class CourseConfig:
    """memory_s: a speed older than this counts for less than 1/e. carry_s: how long, in all, a hand that is not seen
    is thought to go on at its speed."""

    memory_s: float = 0.03
    carry_s: float = 0.12
    fastest_mm_per_s: float = 3000.0


class Course:
    """The places of one hand over time, in mm and seconds, camera frame."""

    def __init__(self, center_mm: Floats, time_s: float, config: CourseConfig | None = None) -> None:
        self.config = config or CourseConfig()
        self.center_mm = center_mm
        self.speed_mm_per_s: Floats = np.zeros(3, np.float32)
        self.time_s = time_s

    def at(self, time_s: float) -> Floats:
        """(3,) the place expected at a time; the last one for a time before it."""
        ahead_s = max(time_s - self.time_s, 0.0)
        carried_s = self.config.carry_s * (1 - np.exp(-ahead_s / self.config.carry_s))
        place: Floats = (self.center_mm + self.speed_mm_per_s * carried_s).astype(np.float32)
        return place

    def seen(self, center_mm: Floats, time_s: float) -> None:
        """The hand is at `center_mm` (3,) at a time; one that does not advance tells nothing of its speed."""
        ahead_s = time_s - self.time_s
        if ahead_s > SHORTEST_S:
            way = center_mm - self.center_mm
            speed = way / max(ahead_s, float(np.linalg.norm(way)) / self.config.fastest_mm_per_s)
            new = 1 - np.exp(-ahead_s / self.config.memory_s)
            self.speed_mm_per_s = (self.speed_mm_per_s + new * (speed - self.speed_mm_per_s)).astype(np.float32)
        else:
            self.speed_mm_per_s = np.zeros(3, np.float32)
        self.center_mm, self.time_s = center_mm, time_s
