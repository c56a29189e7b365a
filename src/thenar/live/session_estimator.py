"""A trained network as the estimator that an evaluation measures: the tracker, or one crop at a given centre."""

from __future__ import annotations

from typing import Final

from thenar.data.frame import Floats, Frame, Hand
from thenar.hand.camera import Camera
from thenar.live.estimate import Side, check_hand_model, estimate
from thenar.live.presets import model_path
from thenar.live.tracker import Tracker
from thenar.run.session import open_session

SIDES: Final[tuple[Side, ...]] = ("right", "left")
FRAMES_PER_SECOND: Final = 30.0
"""Assumed where a recording has no timestamps."""


class SessionEstimator:
    """Runs a model on frames in recorded order.

    follow: a hand found in one frame is followed into the next and smoothed, as `thenar track` does; otherwise it is
    searched anew in every frame. Neither side nor place are taken from the labels, but for a centre that is given: then
    the crop at that centre is read as a right and as a left hand, and the surer reading counts.

    Raises:
        ThenarError: no such model, runtime, or not a hand model.
    """

    def __init__(self, model: str, runtime: str, follow: bool = True) -> None:
        self.session = open_session(model_path(model), runtime=runtime)
        check_hand_model(self.session)
        self.follow = follow
        self._tracker: Tracker | None = None
        self._count = 0

    def __call__(self, frame: Frame, center_mm: Floats | None) -> Hand | None:
        """The hand in a frame, searched or at (3,) mm."""
        if center_mm is not None:
            readings = [estimate(self.session, frame.depth_mm, frame.camera, center_mm, side, 1) for side in SIDES]
            best = max(readings, key=lambda reading: reading.score)
            return Hand(best.joints_mm, best.side, confidence=best.score)
        tracker = self._tracker_for(frame.camera)
        time_s = self._count / FRAMES_PER_SECOND if frame.time_s is None else frame.time_s
        self._count += 1
        found = tracker.track(frame.depth_mm, time_s)
        return Hand(found.joints_mm, found.side, confidence=float(found.confidence.mean())) if found else None

    def _tracker_for(self, camera: Camera) -> Tracker:
        if self._tracker is None or self._tracker.camera != camera:
            self._tracker = Tracker(self.session, camera)
        elif not self.follow:
            self._tracker.reset()
        return self._tracker
