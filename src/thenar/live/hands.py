"""Several hands: found by the locator, each followed at its own place, with a number and a side of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.association import nearest, told_twice
from thenar.live.calibration import IDENTITY, Calibration, calibration_of
from thenar.live.estimate import Estimate, Floats, Side, check_hand_model, estimate
from thenar.live.followed import FollowConfig, Followed
from thenar.live.locator import Candidate, Locator, shipped_locator
from thenar.live.one_hand import NumberedHand
from thenar.live.side import SideEvidence
from thenar.run.session import RUNTIMES, Session

Depth = NDArray[np.floating]

SIDES: Final[tuple[Side, ...]] = ("right", "left")


@dataclass(frozen=True)
class HandsConfig:
    """How hands are found and followed; scores are mean confidences from 0 to 1, those of `follow` what they are worth.

    side: the only side there is, or auto. look_every: while a hand is followed and another could come, the locator
    looks at every so many frames; while one is missing, at every frame. taken_mm: a candidate this near to a hand that
    is seen is that hand. passes, first_passes: readings of a followed hand in a frame, and of one that is new.
    recut_mm: see `estimate`. glance: a candidate whose better side scores less at one look is not looked at again.
    heat_weight: of the locator's score beside the network's; found: what both must reach for a hand that is new.
    reach_mm, reach_mm_per_s: a lost hand is found again within this of where it was expected, more the longer it is.
    """

    max_hands: int = 2
    side: Literal["auto", "right", "left"] = "auto"
    look_every: int = 3
    taken_mm: float = 70.0
    passes: int = 2
    first_passes: int = 3
    recut_mm: float = 15.0
    glance: float = 0.25
    heat_weight: float = 0.5
    found: float = 0.7
    reach_mm: float = 100.0
    reach_mm_per_s: float = 2000.0
    follow: FollowConfig = field(default_factory=FollowConfig)


def tracker_of(model: str | Path, config: HandsConfig | None = None) -> Callable[[Session, Camera], HandsTracker]:
    """What makes the trackers of a preset or model, for `live.pipeline`; its calibration is read from beside it.

    Raises:
        ThenarError: no such model, or what lies beside it is no calibration.
    """
    calibration = calibration_of(model)
    return lambda session, camera: HandsTracker(session, camera, config, calibration=calibration)


class HandsTracker:
    """A `live.one_hand.HandTracker` for up to `max_hands` hands.

    locator: None takes the one that ships, in the runtime of `session`. calibration: what the model's confidence is
    worth. Numbers count from 0 and are not used again; a hand's side never changes.

    Raises:
        ThenarError: the session is not of a hand model.
    """

    def __init__(
        self,
        session: Session,
        camera: Camera,
        config: HandsConfig | None = None,
        locator: Locator | None = None,
        calibration: Calibration = IDENTITY,
    ) -> None:
        check_hand_model(session)
        self.session, self.camera = session, camera
        self.config = config or HandsConfig()
        self.locator = locator or shipped_locator(session.runtime if session.runtime in RUNTIMES else "auto")
        self.calibration = calibration
        follow = self.config.follow
        kept, found = map(calibration.raw_of, (follow.kept_score, follow.found_score))
        self._follow_config = replace(follow, kept_score=kept, found_score=found)
        self._next_id = 0
        self.reset()

    def reset(self) -> None:
        """Forget all hands; numbers go on."""
        self._hands: list[Followed] = []
        self._since_look = 0

    def track(self, depth_mm: Depth, time_s: float) -> tuple[NumberedHand, ...]:
        """(H, W) depth in mm (0 or NaN = no reading) at a time in seconds -> the hands that are seen in it.

        Raises:
            ThenarError: the frame isn't of the camera's size.
        """
        if depth_mm.shape != (self.camera.height, self.camera.width):
            raise ThenarError(
                f"frame of shape {depth_mm.shape} but the camera is {self.camera.width}x{self.camera.height}",
                fix="give (height, width) as the camera says",
            )
        self._follow(depth_mm, time_s)
        if self._should_look():
            for candidate in self._candidates(depth_mm):
                self._consider(depth_mm, candidate, time_s)
        self._hands = [hand for hand in self._hands if not hand.gone(time_s)]
        return tuple(self._told(hand) for hand in self._hands if hand.told)

    def _follow(self, depth_mm: Depth, time_s: float) -> None:
        """Read every hand where it is expected; keep what is sure and told once."""
        read: list[tuple[Followed, Estimate, float]] = []
        for hand in self._hands:
            expected = hand.course.at(time_s)
            reading = self._read(depth_mm, expected, hand.evidence, self.config.passes) if expected[2] > 0 else None
            if reading is not None and reading.score >= hand.needed_score:
                surprise = float(np.linalg.norm(reading.center_mm - expected)) / self.config.reach_mm
                read.append((hand, reading, reading.score - 0.5 * surprise))
            else:
                hand.missed()
        twice = told_twice([reading.joints_mm for _, reading, _ in read], [belief for _, _, belief in read])
        for i, (hand, reading, _) in enumerate(read):
            if i in twice:
                hand.missed()
            else:
                hand.read(reading, time_s)

    def _should_look(self) -> bool:
        if len(self._hands) == self.config.max_hands and all(hand.seen for hand in self._hands):
            return False
        self._since_look += 1
        if not all(hand.seen for hand in self._hands) or self._since_look >= self.config.look_every or not self._hands:
            self._since_look = 0
            return True
        return False

    def _candidates(self, depth_mm: Depth) -> list[Candidate]:
        """What the locator sees away from the hands that are seen already, at most as many as could be."""
        seen = [hand.course.center_mm for hand in self._hands if hand.seen]
        found = self.locator.find(depth_mm, self.camera)
        taken = [self.config.taken_mm] * len(seen)
        free = [candidate for candidate in found if nearest(seen, candidate.center_mm, taken) is None]
        return free[: self.config.max_hands]

    def _consider(self, depth_mm: Depth, candidate: Candidate, time_s: float) -> None:
        """A hand that was lost, a new one, or none."""
        evidence = SideEvidence(self.config.follow.side, None if self.config.side == "auto" else self.config.side)
        glance = self._best(depth_mm, candidate.center_mm)
        if glance.score < self.config.glance:
            return
        reading = self._read(depth_mm, glance.center_mm, evidence, self.config.first_passes)
        if reading.score < self._follow_config.found_score or self._explained(reading):
            return
        belief = self.config.heat_weight * candidate.score
        sure = belief + reading.score >= self.config.found
        lost = self._lost(reading, time_s, sure)
        if lost is not None:
            lost.read(reading, time_s)
        elif sure and self._room():
            self._hands.append(Followed(reading, evidence, belief, time_s, self._follow_config))

    def _room(self) -> bool:
        """Whether there may be another hand; the one that was unseen longest is given up for it."""
        if len(self._hands) >= self.config.max_hands:
            unseen = [hand for hand in self._hands if not hand.seen]
            if not unseen:
                return False
            self._hands.remove(min(unseen, key=lambda hand: hand.course.time_s))
        return True

    def _lost(self, reading: Estimate, time_s: float, sure: bool) -> Followed | None:
        """The unseen hand of the same side that a reading may be; one that isn't sure must be where it is expected."""
        lost = [hand for hand in self._hands if not hand.seen and hand.side in (None, reading.side)]
        speed = self.config.reach_mm_per_s if sure else 0.0
        reach = [self.config.reach_mm + speed * max(time_s - hand.course.time_s, 0.0) for hand in lost]
        index = nearest([hand.course.at(time_s) for hand in lost], reading.center_mm, reach)
        return None if index is None else lost[index]

    def _explained(self, reading: Estimate) -> bool:
        """Whether it is a hand that is seen already."""
        seen = [hand.reading.joints_mm for hand in self._hands if hand.seen]
        return len(seen) in told_twice([*seen, reading.joints_mm], [1.0] * len(seen) + [0.0])

    def _best(self, depth_mm: Depth, center_mm: Floats) -> Estimate:
        """One look at a place, as either hand that it may be."""
        sides = SIDES if self.config.side == "auto" else (self.config.side,)
        return max((self._estimate(depth_mm, center_mm, side, 1) for side in sides), key=lambda look: look.score)

    def _read(self, depth_mm: Depth, center_mm: Floats, evidence: SideEvidence, passes: int) -> Estimate:
        """As the decided side, or as both, whose scores are evidence; then the reading of the side that leads."""
        if evidence.decided:
            return self._estimate(depth_mm, center_mm, evidence.decided, passes)
        right, left = (self._estimate(depth_mm, center_mm, side, passes) for side in SIDES)
        return right if evidence.add(right.score, left.score) == "right" else left

    def _estimate(self, depth_mm: Depth, center_mm: Floats, side: Side, passes: int) -> Estimate:
        return estimate(self.session, depth_mm, self.camera, center_mm, side, passes, self.config.recut_mm)

    def _told(self, hand: Followed) -> NumberedHand:
        assert hand.side is not None
        if hand.id is None:
            hand.id, self._next_id = self._next_id, self._next_id + 1
        return NumberedHand(
            hand.id, hand.side, hand.joints_mm, hand.reading.joints_mm, self.calibration(hand.reading.confidence)
        )
