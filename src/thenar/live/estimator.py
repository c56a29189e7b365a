"""The tracker as something that can be measured: a frame, and maybe where its hand is, in; a hand out."""

from __future__ import annotations

from typing import Final

from thenar.data.frame import Frame, Hand
from thenar.hand.camera import Camera
from thenar.live.calibration import IDENTITY, Calibration, calibration_of
from thenar.live.estimate import Side, check_hand_model, estimate
from thenar.live.evaluate import Given
from thenar.live.presets import model_path
from thenar.live.tracker import Tracker, TrackerConfig
from thenar.run.session import Session, open

SIDES: Final[tuple[Side, ...]] = ("right", "left")
FRAMES_PER_SECOND: Final = 30.0
"""Assumed where a recording has no timestamps."""
UNSMOOTHED: Final = TrackerConfig(smooth=None)
"""What the network says of each frame is measured, not how a filter trades jitter for lag."""


class TrackerEstimator:
    """A `live.evaluate.Estimator` over one session.

    follow: a hand found in one frame is followed into the next; otherwise every frame is searched as if it were the
    first. Where the hand is given nothing is located: it is read there as the given side, or as both sides where that
    is unknown, and the surer reading counts. calibration: see `Tracker`.

    Raises:
        ThenarError: the session is not of a hand model.
    """

    def __init__(
        self,
        session: Session,
        config: TrackerConfig = UNSMOOTHED,
        *,
        follow: bool = True,
        calibration: Calibration = IDENTITY,
    ) -> None:
        check_hand_model(session)
        self.session = session
        self.config = config
        self.follow = follow
        self.calibration = calibration
        self._tracker: Tracker | None = None
        self._count = 0

    def __call__(self, frame: Frame, given: Given | None) -> Hand | None:
        """The hand in one frame, or None."""
        if given is not None:
            sides = [side for side in SIDES if given.side in (side, "")]
            readings = [
                estimate(self.session, frame.depth_mm, frame.camera, given.center_mm, side, self.config.passes)
                for side in sides
            ]
            best = max(readings, key=lambda reading: reading.score)
            return Hand(best.joints_mm, best.side, confidence=best.score)
        time_s = self._count / FRAMES_PER_SECOND if frame.time_s is None else frame.time_s
        self._count += 1
        found = self._tracker_for(frame.camera).track(frame.depth_mm, time_s)
        return Hand(found.joints_mm, found.side, confidence=float(found.confidence.mean())) if found else None

    def _tracker_for(self, camera: Camera) -> Tracker:
        """A tracker that knows the frames before this one, or one that knows nothing."""
        if self._tracker is None or self._tracker.camera != camera:
            self._tracker = Tracker(self.session, camera, self.config, self.calibration)
        elif not self.follow:
            self._tracker.reset()
        return self._tracker


def open_estimator(model: str, runtime: str, *, follow: bool = True) -> TrackerEstimator:
    """An estimator over a preset's name or a model's path.

    Raises:
        ThenarError: no such model or runtime, or not a hand model.
    """
    session = open(model_path(model), runtime=runtime)
    return TrackerEstimator(session, follow=follow, calibration=calibration_of(model))
