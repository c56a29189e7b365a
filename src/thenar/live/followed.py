"""One hand that is being followed: where it goes, which it is, how long its bones are."""

from __future__ import annotations

from dataclasses import dataclass, field

from thenar.live.bones import BoneConfig, BoneLengths
from thenar.live.course import Course, CourseConfig
from thenar.live.estimate import Estimate, Side
from thenar.live.hand_filter import HandFilter, HandFilterConfig
from thenar.live.side import SideConfig, SideEvidence


@dataclass(frozen=True)
class FollowConfig:
    """What is remembered of a hand, and when it is believed.

    kept_score: a reading of which a smaller share of joints is expected to be right is no hand. found_score: what is
    asked of one that was not seen a frame ago, or is new. certain, known: belief in a hand from which anybody is told
    of it, and from which it may be missed: it is gone for good if it is unseen for `patience_s`, and comes back under
    its number before that. One that is not known is gone when it is missed once. Belief is what the locator says for a
    hand and the squares of its scores: two doubtful readings count for less than a clear one. bones, smooth: None
    leaves joints as they are.
    """

    kept_score: float = 0.3
    found_score: float = 0.4
    certain: float = 0.9
    known: float = 1.4
    patience_s: float = 0.5
    side: SideConfig = field(default_factory=SideConfig)
    course: CourseConfig = field(default_factory=CourseConfig)
    bones: BoneConfig | None = field(default_factory=BoneConfig)
    smooth: HandFilterConfig | None = field(default_factory=HandFilterConfig)


class Followed:
    """A hand from its first reading on.

    id: its number, once somebody is told of it. evidence: for its side. belief: what the locator says for it.
    seen: whether it was read in the last frame.
    """

    def __init__(
        self,
        reading: Estimate,
        evidence: SideEvidence,
        belief: float,
        time_s: float,
        config: FollowConfig | None = None,
    ) -> None:
        self.config = config or FollowConfig()
        self.id: int | None = None
        self.evidence = evidence
        self.course = Course(reading.center_mm, time_s, self.config.course)
        self.bones = BoneLengths(self.config.bones) if self.config.bones else None
        self._smooth = HandFilter(self.config.smooth) if self.config.smooth else None
        self._belief = belief
        self.seen = True
        self.read(reading, time_s)

    @property
    def side(self) -> Side | None:
        """Which hand it is, once that is decided."""
        return self.evidence.decided

    @property
    def told(self) -> bool:
        """Whether it is reported: seen, sure to be a hand, and of a decided side."""
        return self.seen and self.side is not None and self._belief >= self.config.certain

    @property
    def needed_score(self) -> float:
        """What a reading must reach to be this hand."""
        sure = self.seen and self._belief >= self.config.known
        return self.config.kept_score if sure else self.config.found_score

    def read(self, reading: Estimate, time_s: float) -> None:
        """It was read, at a time in seconds."""
        if self.seen or time_s <= self.course.time_s:
            self.course.seen(reading.center_mm, time_s)
        else:  # how it moved meanwhile nobody knows
            self.course = Course(reading.center_mm, time_s, self.config.course)
            if self._smooth:
                self._smooth.reset()
        self.seen = True
        self._belief += reading.score**2
        self.reading = reading
        self.joints_mm = reading.joints_mm
        if self.bones:
            self.bones.learn(reading.joints_mm, reading.confidence)
            self.joints_mm = self.bones.fit(reading.joints_mm)
        if self._smooth:
            self.joints_mm = self._smooth(self.joints_mm, time_s)

    def missed(self) -> None:
        """It was not read in a frame."""
        self.seen = False

    def gone(self, time_s: float) -> bool:
        """Whether it is given up: unseen for too long, or before it was known."""
        unknown = self.side is None or self._belief < self.config.known
        return not self.seen and (unknown or time_s - self.course.time_s > self.config.patience_s)
