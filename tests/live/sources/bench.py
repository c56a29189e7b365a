"""A camera on a test bench: what it sends and what happens to its cable, for the doubles of the makers' packages."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FOCAL_PX, CENTER_PX = 400.0, (31.5, 23.5)


@dataclass
class Bench:
    """One camera. Reading moves its clock on by a frame; silent: it is there and sends nothing."""

    plugged: bool = True
    silent: bool = False
    width: int = 64
    height: int = 48
    unit_mm: float = 1.0
    serial: str = "A1"
    device_s: float = 1000.0
    now_s: float = 50.0
    fps: int = 30
    breaks: bool = False  # calls fail with the maker's error, as they do while the cable is being pulled
    started: int = 0
    stopped: int = 0
    calls: list[str] = field(default_factory=list)

    def next_frame(self, timeout_s: float) -> NDArray[np.uint16] | None:
        """(H, W) in the camera's unit, the first row 0; None when nothing came in time."""
        if self.silent or not self.plugged:
            self.now_s += timeout_s
            return None
        self.now_s += 1 / self.fps
        self.device_s += 1 / self.fps
        stored = np.full((self.height, self.width), round(500 / self.unit_mm), np.uint16)
        stored[0] = 0
        stored[1] = round(100 / self.unit_mm)  # nearer than anything is believed
        stored[2] = 65535
        return stored

    def clock(self) -> float:
        """The host's."""
        return self.now_s

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now_s += seconds
