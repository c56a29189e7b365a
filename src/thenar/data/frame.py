"""One depth frame and the hands known to be in it: what recordings and data sets hand out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thenar.hand.camera import Camera

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Hand:
    """A hand in a frame, labelled or tracked: one line of `joints.jsonl`.

    joints_mm: (21, 3) float32 mm, camera frame; NaN where a joint is unknown. side: "right", "left" or "" if unknown.
    The rest is None where nobody said: what tracking adds, and what an evaluation sorts frames by.
    """

    joints_mm: Floats
    side: str = ""
    confidence: float | None = None
    id: int | None = None
    gesture: str | None = None
    visible: tuple[bool, ...] | None = None
    sensor: str | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    distance_mm: float | None = None
    hand_size_mm: float | None = None


@dataclass(frozen=True)
class Frame:
    """depth_mm: (H, W) float32 mm, 0 = no reading, of the size the camera says; time_s: None where not recorded."""

    name: str
    depth_mm: Floats
    camera: Camera
    time_s: float | None = None
    hands: tuple[Hand, ...] = ()


@dataclass(frozen=True)
class BadFrame:
    """A frame that can't be read: its file's name and, in `reason`, the line a user is shown (file, what, fix)."""

    name: str
    reason: str
