"""How well hands are followed: found or missed, invented, numbered anew, taken for the other side, and how exact.

The measures are those of CLEAR MOT: Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance",
EURASIP J. Image and Video Processing, 2008. A true hand keeps the report that it had in the frame before as long as the
two are near; what is left is assigned so that as many as possible are paired, at the smallest sum of distances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.frame import Frame, Hand
from thenar.hand.camera import Camera
from thenar.live.one_hand import HandTracker, NumberedHand

Floats = NDArray[np.float32]

MATCH_MM: Final = 100.0
"""Mean joint distance up to which a report is about a hand: half a hand's length."""

LEAST_VISIBLE: Final = 8
"""A hand with fewer visible joints may be reported or not, as in the held-out benchmark; one with none may not."""

APART_MM: Final = 50.0
"""Hands whose nearest joints are at least this far from each other give no reason to take one for the other."""


@dataclass(frozen=True)
class TrackScore:
    """Sums over the frames of a sequence.

    due: hands that had to be reported; found: those that were; false_hands: reports about no hand; id_switches: hands
    whose report has another number than the last one about them, and how many of them since when all hands were
    `APART_MM` apart; side_flips: reports that change a hand's side; wrong_side: reports of the wrong side, of `matched`
    ones; error_mm: mean over the joints of the hands that were found.
    """

    frames: int
    due: int
    found: int
    matched: int
    false_hands: int
    id_switches: int
    id_switches_apart: int
    side_flips: int
    wrong_side: int
    error_mm: float

    @property
    def recall(self) -> float:
        """Share of the hands that had to be reported; NaN where none had to be."""
        return self.found / self.due if self.due else float("nan")

    @property
    def mota(self) -> float:
        """CLEAR MOT's accuracy: 1 less the misses, false reports and switches a hand that was due; NaN as above."""
        wrong = self.due - self.found + self.false_hands + self.id_switches
        return 1 - wrong / self.due if self.due else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the sums, recall and accuracy, None for what is not a number."""
        figures = {**self.__dict__, "recall": self.recall, "mota": self.mota}
        return {
            name: None if isinstance(value, float) and np.isnan(value) else value for name, value in figures.items()
        }


@dataclass
class _Known:
    """What was last said about a true hand, and how near another hand has come since."""

    id: int
    side: str
    nearest_mm: float = np.inf


@dataclass
class TrackScorer:
    """Adds up frame by frame. confidence and error_mm: one number a joint, infinity for the joints of false hands."""

    confidence: list[Floats] = field(default_factory=list)
    error_mm: list[Floats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._frames = self._due = self._found = self._false = self._matched = 0
        self._switches = self._switches_apart = self._flips = self._wrong_side = 0
        self._errors: list[float] = []

    def add(self, truth: Sequence[Hand], reports: Sequence[NumberedHand]) -> None:
        """The next frame: its true hands, each with an id, and what a tracker said."""
        seen = [hand for hand in truth if _visible(hand)]
        nearest_mm = _nearest_mm(seen)
        for known in self._known.values():
            known.nearest_mm = min(known.nearest_mm, nearest_mm)
        pairs = self._pairs(seen, reports)
        for place, hand in enumerate(seen):
            due = _visible(hand) >= LEAST_VISIBLE
            self._due += due
            if place in pairs:
                self._met(hand, reports[pairs[place]], due, nearest_mm)
        for unpaired in set(range(len(reports))) - set(pairs.values()):
            self._false += 1
            self.confidence.append(reports[unpaired].confidence)
            self.error_mm.append(np.full_like(reports[unpaired].confidence, np.inf))
        self._frames += 1

    def score(self) -> TrackScore:
        """The sums so far."""
        return TrackScore(
            self._frames,
            self._due,
            self._found,
            self._matched,
            self._false,
            self._switches,
            self._switches_apart,
            self._flips,
            self._wrong_side,
            float(np.mean(self._errors)) if self._errors else float("nan"),
        )

    def _pairs(self, seen: Sequence[Hand], reports: Sequence[NumberedHand]) -> dict[int, int]:
        """Place of a true hand -> place of its report."""
        far = np.array([[_distance_mm(hand, report) for report in reports] for hand in seen])
        pairs: dict[int, int] = {}
        for place, hand in enumerate(seen):
            for other, report in enumerate(reports):
                known = self._known.get(_id(hand))
                if known and known.id == report.id and far[place, other] <= MATCH_MM:
                    pairs[place] = other
        left = [place for place in range(len(seen)) if place not in pairs]
        free = [other for other in range(len(reports)) if other not in pairs.values()]
        found = assign(far[np.ix_(left, free)], MATCH_MM) if left and free else {}
        return pairs | {left[place]: free[other] for place, other in found.items()}

    def _met(self, hand: Hand, report: NumberedHand, due: bool, nearest_mm: float) -> None:
        errors = np.linalg.norm(report.joints_mm - hand.joints_mm, axis=1)
        self.confidence.append(report.confidence)
        self.error_mm.append(errors.astype(np.float32))
        self._matched += 1
        if due:
            self._found += 1
            self._errors.append(float(errors.mean()))
        self._wrong_side += bool(hand.side and report.side != hand.side)
        if known := self._known.get(_id(hand)):
            self._switches += known.id != report.id
            self._switches_apart += known.id != report.id and known.nearest_mm >= APART_MM
            self._flips += known.side != report.side
        self._known[_id(hand)] = _Known(report.id, report.side, nearest_mm)


def assign(distance: NDArray[np.floating], most: float) -> dict[int, int]:
    """(R, C) distances -> row: column, each column once: as many pairs up to `most` as can be, their sum the smallest.

    All ways are tried: there are few hands.
    """
    best: tuple[int, float, dict[int, int]] = (0, 0.0, {})

    def go(row: int, taken: dict[int, int], total: float) -> None:
        nonlocal best
        if (-len(taken), total) < (-best[0], best[1]):
            best = len(taken), total, dict(taken)
        if row == len(distance):
            return
        go(row + 1, taken, total)
        for column, value in enumerate(distance[row]):
            if value <= most and column not in taken.values():
                go(row + 1, taken | {row: column}, total + float(value))

    go(0, {}, 0.0)
    return best[2]


def score_frames(
    frames: Iterable[Frame], make_tracker: Callable[[Camera], HandTracker], scorer: TrackScorer | None = None
) -> TrackScore:
    """Run a tracker over labelled frames in order and score it; another camera gets another tracker.

    Joints are compared as they are reported, smoothed. Frames have times and their hands ids.
    """
    scorer = scorer or TrackScorer()
    camera, tracker = None, None
    for frame in frames:
        if tracker is None or frame.camera != camera:
            camera, tracker = frame.camera, make_tracker(frame.camera)
        assert frame.time_s is not None
        scorer.add(frame.hands, tracker.track(frame.depth_mm, frame.time_s))
    return scorer.score()


def _id(hand: Hand) -> int:
    assert hand.id is not None
    return hand.id


def _visible(hand: Hand) -> int:
    return len(hand.joints_mm) if hand.visible is None else sum(hand.visible)


def _distance_mm(hand: Hand, report: NumberedHand) -> float:
    return float(np.linalg.norm(report.joints_mm - hand.joints_mm, axis=1).mean())


def _nearest_mm(hands: Sequence[Hand]) -> float:
    """Between the nearest joints of any two hands; infinity for fewer than two."""
    return min(
        (
            float(np.linalg.norm(one.joints_mm[:, None] - other.joints_mm[None], axis=-1).min())
            for place, one in enumerate(hands)
            for other in hands[:place]
        ),
        default=np.inf,
    )
