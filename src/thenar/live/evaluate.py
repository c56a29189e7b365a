"""Run a tracker over labelled frames and measure it: overall, and by sensor, visibility, distance, view, hand size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from thenar.data.frame import BadFrame, Frame, Hand
from thenar.errors import ThenarError
from thenar.hand.metrics import Report, evaluate, grouped
from thenar.hand.skeleton import FINGERS, JOINT_COUNT, WRIST

Floats = NDArray[np.float32]
Center = Literal["located", "truth"]

NO_HAND: Final = np.full((JOINT_COUNT, 3), np.nan, np.float32)
DISTANCE_EDGES_MM: Final = (300, 450, 600, 750, 900)
VIEW_EDGES_DEG: Final = (15, 30, 45, 60, 75)
SIZE_EDGES_MM: Final = (160, 175, 190, 205)


@dataclass(frozen=True)
class Given:
    """What an estimator is told of a hand: where it is, (3,) mm, camera frame, and which ("" if unknown)."""

    center_mm: Floats
    side: str = ""


class Estimator(Protocol):
    """What is measured: a frame in, one hand out; frames come in recorded order."""

    def __call__(self, frame: Frame, given: Given | None) -> Hand | None:
        """The hand in a frame (joint NaN: not told), or None for no hand.

        given: None leaves finding it to the estimator. The frame's own labels are not to be used.
        """
        ...


@dataclass(frozen=True)
class Evaluation:
    """Errors over all labelled frames, and tables of them: table -> group -> report.

    wrong_side: frames whose hand was read as the other one. bad_frames: frames that couldn't be read, with the reason.
    unlabelled: readable frames without a label, not run.
    """

    report: Report
    tables: dict[str, dict[str, Report]]
    wrong_side: int
    bad_frames: tuple[BadFrame, ...]
    unlabelled: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the report's fields, `tables` with the main figures of each group, and what was left out."""
        return {
            **self.report.to_dict(),
            "frames_wrong_side": self.wrong_side,
            "frames_unlabelled": self.unlabelled,
            "frames_unreadable": [{"frame": bad.name, "reason": bad.reason} for bad in self.bad_frames],
            "tables": {
                table: {group: _short(report) for group, report in groups.items()}
                for table, groups in self.tables.items()
            },
        }


@dataclass
class Answers:
    """What an estimator said of labelled frames beside their truth, frame by frame; see `Evaluation` for the counts."""

    predicted_mm: list[Floats] = field(default_factory=list)
    hands: list[Hand] = field(default_factory=list)
    bad_frames: list[BadFrame] = field(default_factory=list)
    unlabelled: int = 0
    wrong_side: int = 0

    def ask(self, frame: Frame | BadFrame, estimate: Estimator, center: Center = "located") -> None:
        """Add what `estimate` says of a frame, compared with the frame's first hand."""
        if isinstance(frame, BadFrame):
            self.bad_frames.append(frame)
            return
        hand = frame.hands[0] if frame.hands else None
        if hand is None or not np.isfinite(hand.joints_mm).all(axis=-1).any():
            self.unlabelled += 1
            return
        found = estimate(frame, Given(true_center(hand), hand.side) if center == "truth" else None)
        self.predicted_mm.append(NO_HAND if found is None else found.joints_mm)
        self.hands.append(hand)
        self.wrong_side += bool(found and hand.side and found.side and found.side != hand.side)

    def extend(self, later: Answers) -> None:
        """Add the answers to the frames that come after these."""
        self.predicted_mm += later.predicted_mm
        self.hands += later.hands
        self.bad_frames += later.bad_frames
        self.unlabelled += later.unlabelled
        self.wrong_side += later.wrong_side

    def evaluation(self) -> Evaluation:
        """The answers measured.

        Raises:
            ThenarError: no frame was readable, or none had a label.
        """
        if not self.hands:
            if self.bad_frames and not self.unlabelled:
                raise ThenarError(f"no frame is readable, the first: {self.bad_frames[0].reason}")
            raise ThenarError("no frame has a label to compare with", fix="add joints.jsonl with the true joints")
        found_mm, truth_mm = np.stack(self.predicted_mm), np.stack([hand.joints_mm for hand in self.hands])
        report, split = evaluate(found_mm, truth_mm), tables(found_mm, truth_mm, self.hands)
        return Evaluation(report, split, self.wrong_side, tuple(self.bad_frames), self.unlabelled)


def evaluate_frames(frames: Iterable[Frame | BadFrame], estimate: Estimator, center: Center = "located") -> Evaluation:
    """Run `estimate` on every labelled frame and compare with the frame's first hand.

    center: "located" leaves finding the hand to the tracker; "truth" gives it the mean of the labelled joints, and the
    side if labelled, so that the difference of the two is what locating costs.

    Raises:
        ThenarError: no frame is readable, or none has a label.
    """
    answers = Answers()
    for frame in frames:
        answers.ask(frame, estimate, center)
    return answers.evaluation()


def true_center(hand: Hand) -> Floats:
    """(3,) mm: the mean of a hand's labelled joints."""
    center: Floats = np.nanmean(hand.joints_mm, axis=0).astype(np.float32)
    return center


def tables(predicted_mm: Floats, truth_mm: Floats, hands: Sequence[Hand]) -> dict[str, dict[str, Report]]:
    """(N, 21, 3) predictions and truth and what is known of each frame -> reports by group.

    Tables: sensor, side, gesture, visibility (of the joint), distance (the label's, else the mean depth of the joints),
    view (angle between the palm and the camera, from yaw and pitch), hand size (the label's, else from the wrist along
    the middle finger to its tip). A table that nothing is known for is left out.
    """
    groups = {
        "sensor": np.array([hand.sensor or "" for hand in hands]),
        "side": np.array([hand.side for hand in hands]),
        "gesture": np.array([hand.gesture or "" for hand in hands]),
        "visibility": np.array([_visibility(hand) for hand in hands]),
        "distance": np.array([_interval(_distance(hand), DISTANCE_EDGES_MM, "mm") for hand in hands]),
        "view": np.array([_interval(_view_angle(hand), VIEW_EDGES_DEG, "deg") for hand in hands]),
        "hand size": np.array([_interval(_hand_size(hand), SIZE_EDGES_MM, "mm") for hand in hands]),
    }
    result = {name: grouped(predicted_mm, truth_mm, group) for name, group in groups.items()}
    return {name: reports for name, reports in result.items() if reports}


def _visibility(hand: Hand) -> list[str]:
    if hand.visible is None:
        return [""] * JOINT_COUNT
    return ["visible" if seen else "occluded" for seen in hand.visible]


def _distance(hand: Hand) -> float:
    return float(np.nanmean(hand.joints_mm[:, 2])) if hand.distance_mm is None else hand.distance_mm


def _view_angle(hand: Hand) -> float | None:
    """Degrees between a palm seen face on and this one: both turns together, by the cosine of a compound rotation."""
    if hand.yaw_deg is None or hand.pitch_deg is None:
        return None
    cosine = np.cos(np.radians(hand.yaw_deg)) * np.cos(np.radians(hand.pitch_deg))
    return float(np.degrees(np.arccos(cosine)))


def _hand_size(hand: Hand) -> float | None:
    """mm, along the bones, so that it doesn't depend on the pose; None where one of the joints has no label."""
    if hand.hand_size_mm is not None:
        return hand.hand_size_mm
    chain = hand.joints_mm[[WRIST, *FINGERS["middle"]]]
    size = float(np.linalg.norm(np.diff(chain, axis=0), axis=1).sum())
    return size if np.isfinite(size) else None


def _interval(value: float | None, edges: Sequence[int], unit: str) -> str:
    """The interval of `edges` that a value lies in, as text that sorts in order."""
    if value is None:
        return ""
    place = int(np.searchsorted(edges, value, side="right"))
    low = f"{edges[place - 1]:3d}" if place > 0 else "  0"
    return f"{low} to {edges[place]:3d} {unit}" if place < len(edges) else f"{low} and more {unit}"


def _short(report: Report) -> dict[str, Any]:
    full = report.to_dict()
    return {key: full[key] for key in ("frames", "frames_without_hand", "mean_joint_error_mm", "auc_0_50")}
