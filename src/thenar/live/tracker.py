"""The tracker: a depth frame in, the hand's joints out, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.calibration import IDENTITY, Calibration
from thenar.live.estimate import Estimate, Side, check_hand_model, estimate
from thenar.live.locate import LocateConfig, candidates
from thenar.live.smooth import OneEuro, OneEuroConfig
from thenar.run.session import Session

Floats = NDArray[np.float32]

_OTHER: Final[dict[Side, Side]] = {"right": "left", "left": "right"}


@dataclass(frozen=True)
class TrackerConfig:
    """When a hand is found, kept and given up; scores are shares of joints expected to be right, from 0 to 1."""

    side: Literal["auto", "right", "left"] = "auto"
    found_score: float = 0.4
    lost_score: float = 0.2
    passes: int = 4  # readings of one hand in a frame, 1 to 4: fewer are faster, more are closer
    second_looks: int = 3  # of the candidates, so many are cropped again where the network saw the hand, for each side
    side_memory: float = 0.9  # share of the evidence for a side that is kept from frame to frame
    side_margin: float = 0.6  # accumulated evidence beyond which the other side is no longer tried
    locate: LocateConfig = field(default_factory=LocateConfig)
    smooth: OneEuroConfig | None = field(default_factory=OneEuroConfig)


@dataclass(frozen=True)
class TrackedHand:
    """joints_mm (21, 3) camera frame, smoothed; raw_mm before smoothing; confidence (21,) in [0, 1]; side."""

    joints_mm: Floats
    raw_mm: Floats
    confidence: Floats
    side: Side


class Tracker:
    """Follows one hand through depth frames.

    A hand that is not being followed is searched among `candidates`; each is read as a right and as a left hand, and
    the reading of which the network is surer wins. A hand that is followed is looked for at its last joints; while
    the evidence for its side is thin both readings go on being compared. calibration: what the model's confidence is
    worth, which the config's scores are compared with.
    """

    def __init__(
        self,
        session: Session,
        camera: Camera,
        config: TrackerConfig | None = None,
        calibration: Calibration = IDENTITY,
    ) -> None:
        check_hand_model(session)
        self.session = session
        self.camera = camera
        self.config = config or TrackerConfig()
        self._found_score, self._lost_score = map(calibration.raw_of, (self.config.found_score, self.config.lost_score))
        self._filter = OneEuro(self.config.smooth) if self.config.smooth else None
        self.reset()

    def reset(self) -> None:
        """Forget the hand; the next frame is searched as if it were the first."""
        self._last: Estimate | None = None
        self._evidence = 0.0  # > 0 right, < 0 left
        if self._filter:
            self._filter.reset()

    def track(self, depth_mm: NDArray[np.floating], time_s: float) -> TrackedHand | None:
        """(H, W) depth in mm (0 or NaN = no reading) at a time in seconds -> the hand, or None where there is none.

        Raises:
            ThenarError: the frame isn't of the camera's size.
        """
        if depth_mm.shape != (self.camera.height, self.camera.width):
            raise ThenarError(
                f"frame of shape {depth_mm.shape} but the camera is {self.camera.width}x{self.camera.height}",
                fix="give (height, width) as the camera says",
            )
        found = self._follow(depth_mm) if self._last else None
        if found is None:
            self.reset()
            found = self._search(depth_mm)
        if found is None:
            return None
        self._last = found
        joints = self._filter(found.joints_mm, time_s) if self._filter else found.joints_mm
        return TrackedHand(joints, found.joints_mm, found.confidence, found.side)

    def _follow(self, depth_mm: NDArray[np.floating]) -> Estimate | None:
        assert self._last is not None
        center, side = self._last.center_mm, self._last.side
        found = self._read(depth_mm, center, side, self.config.passes)
        if self.config.side == "auto" and abs(self._evidence) < self.config.side_margin:
            found = self._weigh(found, self._read(depth_mm, center, _OTHER[side], self.config.passes))
        return found if found.score >= self._lost_score else None

    def _search(self, depth_mm: NDArray[np.floating]) -> Estimate | None:
        centers = candidates(depth_mm, self.camera, self.config.locate)
        sides: tuple[Side, ...] = ("right", "left") if self.config.side == "auto" else (self.config.side,)
        best = [found for side in sides if (found := self._surest(depth_mm, centers, side))]
        if not best:
            return None
        found = self._weigh(*best) if len(best) == 2 else best[0]
        return found if found.score >= self._found_score else None

    def _surest(self, depth_mm: NDArray[np.floating], centers: Floats, side: Side) -> Estimate | None:
        """A glance at every centre, a second look where the surest glances saw the hand; the surest look counts."""
        glances = [self._read(depth_mm, center, side, passes=1) for center in centers]
        glances = sorted((g for g in glances if g.possible), key=lambda g: -g.score)[: self.config.second_looks]
        looks = [self._read(depth_mm, glance.center_mm, side, self.config.passes) for glance in glances]
        return max((look for look in looks if look.possible), key=lambda look: look.score, default=None)

    def _weigh(self, one: Estimate, other: Estimate) -> Estimate:
        """Add the difference of both readings to the evidence; return the reading of the side it points to."""
        right, left = (one, other) if one.side == "right" else (other, one)
        self._evidence = self.config.side_memory * self._evidence + right.score - left.score
        return right if self._evidence >= 0 else left

    def _read(self, depth_mm: NDArray[np.floating], center: Floats, side: Side, passes: int) -> Estimate:
        return estimate(self.session, depth_mm, self.camera, center, side, passes)
