"""The tracker as something that can be measured: a frame and maybe the hand's centre in, joints out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thenar.hand.camera import Camera
from thenar.live.estimate import Side, check_hand_model, estimate
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.live.tracker import Tracker, TrackerConfig
from thenar.run.session import Session, open

Floats = NDArray[np.float32]


class TrackerEstimator:
    """A `live.evaluate.Estimator` over one session.

    Frames of one camera are followed as a sequence; with `single` every frame is searched as if it were the first.
    Given a centre, the hand is read there in one pass as a `given_side` hand, and nothing is located.
    """

    def __init__(
        self,
        session: Session,
        config: TrackerConfig | None = None,
        *,
        single: bool = False,
        given_side: Side = "right",
    ) -> None:
        check_hand_model(session)
        self.session = session
        self.config = config or TrackerConfig(smooth=None)
        self.single = single
        self.given_side = given_side
        self.sides: list[str] = []
        self._tracker: Tracker | None = None
        self._frame = 0

    def __call__(self, depth_mm: Floats, camera: Camera, center_mm: Floats | None) -> Floats | None:
        """The joints (21, 3) mm of the hand in one frame, or None."""
        if center_mm is not None:
            found = estimate(self.session, depth_mm, camera, center_mm, self.given_side, passes=1)
            return found.joints_mm
        if self._tracker is None or self.single or self._tracker.camera != camera:
            self._tracker = Tracker(self.session, camera, self.config)
        self._frame += 1
        hand = self._tracker.track(depth_mm, self._frame / 30)
        self.sides.append(hand.side if hand else "")
        return hand.joints_mm if hand else None


def open_estimator(model: str | None, runtime: str, *, single: bool = False) -> TrackerEstimator:
    """An estimator over a preset's name or a model's path."""
    return TrackerEstimator(open(model_path(model or DEFAULT_PRESET), runtime=runtime), single=single)
