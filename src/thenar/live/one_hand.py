"""The tracker of one hand, spoken to as if it followed several: each hand it finds has a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from thenar.hand.camera import Camera
from thenar.live.estimate import Side
from thenar.live.tracker import Tracker, TrackerConfig
from thenar.run.session import Session

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class NumberedHand:
    """id: the same for as long as the hand is followed. joints_mm (21, 3) camera frame, smoothed; raw_mm before
    smoothing; confidence (21,) in [0, 1]; side."""

    id: int
    side: Side
    joints_mm: Floats
    raw_mm: Floats
    confidence: Floats


class HandTracker(Protocol):
    """Follows hands through the frames of one camera."""

    def track(self, depth_mm: NDArray[np.floating], time_s: float) -> tuple[NumberedHand, ...]:
        """(H, W) depth in mm at a time in seconds -> the hands in it."""


class OneHandTracker:
    """`Tracker` with a new number for every hand that is found."""

    def __init__(self, session: Session, camera: Camera, config: TrackerConfig | None = None) -> None:
        self._tracker = Tracker(session, camera, config)
        self._id = -1
        self._held = False

    def track(self, depth_mm: NDArray[np.floating], time_s: float) -> tuple[NumberedHand, ...]:
        """(H, W) depth in mm (0 or NaN = no reading) at a time in seconds -> one hand or none.

        Raises:
            ThenarError: the frame isn't of the camera's size.
        """
        hand = self._tracker.track(depth_mm, time_s)
        if hand is None:
            self._held = False
            return ()
        if not self._held:
            self._id, self._held = self._id + 1, True
        return (NumberedHand(self._id, hand.side, hand.joints_mm, hand.raw_mm, hand.confidence),)
