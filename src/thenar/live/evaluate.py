"""Run a tracker over labelled frames and measure it: overall, and by sensor, visibility, distance, view and side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from thenar.data.frame import BadFrame, Frame, Hand
from thenar.errors import ThenarError
from thenar.hand.metrics import Report, evaluate, grouped
from thenar.hand.skeleton import JOINT_COUNT

Floats = NDArray[np.float32]
Center = Literal["located", "truth"]

NO_HAND: Final = np.full((JOINT_COUNT, 3), np.nan, np.float32)
DISTANCE_EDGES_MM: Final = (300, 450, 600, 750, 900)
VIEW_EDGES_DEG: Final = (15, 30, 45, 60, 75)


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


def evaluate_frames(frames: Iterable[Frame | BadFrame], estimate: Estimator, center: Center = "located") -> Evaluation:
    """Run `estimate` on every labelled frame and compare with the frame's first hand.

    center: "located" leaves finding the hand to the tracker; "truth" gives it the mean of the labelled joints, and the
    side if labelled, so that the difference of the two is what locating costs.

    Raises:
        ThenarError: no frame is readable, or none has a label.
    """
    predicted: list[Floats] = []
    hands: list[Hand] = []
    bad: list[BadFrame] = []
    unlabelled = wrong_side = 0
    for frame in frames:
        if isinstance(frame, BadFrame):
            bad.append(frame)
            continue
        hand = frame.hands[0] if frame.hands else None
        if hand is None or not np.isfinite(hand.joints_mm).all(axis=-1).any():
            unlabelled += 1
            continue
        found = estimate(frame, Given(true_center(hand), hand.side) if center == "truth" else None)
        predicted.append(NO_HAND if found is None else found.joints_mm)
        hands.append(hand)
        wrong_side += bool(found and hand.side and found.side and found.side != hand.side)
    if not hands:
        if bad and not unlabelled:
            raise ThenarError(f"no frame is readable, the first: {bad[0].reason}")
        raise ThenarError("no frame has a label to compare with", fix="add joints.jsonl with the true joints")
    found_mm, truth_mm = np.stack(predicted), np.stack([hand.joints_mm for hand in hands])
    return Evaluation(
        evaluate(found_mm, truth_mm), tables(found_mm, truth_mm, hands), wrong_side, tuple(bad), unlabelled
    )


def true_center(hand: Hand) -> Floats:
    """(3,) mm: the mean of a hand's labelled joints."""
    center: Floats = np.nanmean(hand.joints_mm, axis=0).astype(np.float32)
    return center


def tables(predicted_mm: Floats, truth_mm: Floats, hands: Sequence[Hand]) -> dict[str, dict[str, Report]]:
    """(N, 21, 3) predictions and truth and what is known of each frame -> reports by group.

    Tables: sensor, side, gesture, visibility (of the joint), distance (the label's, else the mean depth of the joints),
    view (angle between the palm and the camera, from yaw and pitch). A table that nothing is known for is left out.
    """
    groups = {
        "sensor": np.array([hand.sensor or "" for hand in hands]),
        "side": np.array([hand.side for hand in hands]),
        "gesture": np.array([hand.gesture or "" for hand in hands]),
        "visibility": np.array([_visibility(hand) for hand in hands]),
        "distance": np.array([_interval(_distance(hand), DISTANCE_EDGES_MM, "mm") for hand in hands]),
        "view": np.array([_interval(_view_angle(hand), VIEW_EDGES_DEG, "deg") for hand in hands]),
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
