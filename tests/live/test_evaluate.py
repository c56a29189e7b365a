from __future__ import annotations

import json

import numpy as np
import pytest

from thenar.data.frame import BadFrame, Frame, Hand
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.evaluate import Answers, Given, evaluate_frames, true_center

CAMERA = Camera(50.0, 50.0, 4.0, 3.0, 8, 6)
DEPTH = np.full((6, 8), 500, np.float32)
RNG = np.random.default_rng(0)


def frame(i: int, **about: object) -> Frame:
    joints = RNG.uniform([-60, -60, 460], [60, 60, 500], (21, 3)).astype(np.float32)
    return Frame(f"{i:06d}.png", DEPTH, CAMERA, hands=(Hand(joints, "right", **about),))  # type: ignore[arg-type]


class Fake:
    """An estimator that is off by a vector, loses the frames named, and remembers what it was given."""

    def __init__(self, offset: tuple[float, float, float] = (3, 4, 0), lost: tuple[int, ...] = (), side: str = "right"):
        self.offset, self.lost, self.side = np.array(offset, np.float32), lost, side
        self.given: list[Given | None] = []

    def __call__(self, frame: Frame, given: Given | None) -> Hand | None:
        self.given.append(given)
        if int(frame.name[:6]) in self.lost:
            return None
        return Hand(frame.hands[0].joints_mm + self.offset, self.side)


def test_errors_and_lost_frames() -> None:
    result = evaluate_frames([frame(i) for i in range(4)], Fake(lost=(1,)))
    assert result.report.mean_joint_error_mm == pytest.approx(5, abs=1e-4)
    assert result.report.mean_joint_error_unbiased_mm == pytest.approx(0, abs=1e-4)
    assert (result.report.frames, result.report.frames_without_hand, result.wrong_side) == (4, 1, 0)


def test_the_centre_is_given_only_when_asked_for() -> None:
    frames = [frame(i) for i in range(3)]
    located, given = Fake(), Fake()
    evaluate_frames(frames, located, "located")
    evaluate_frames(frames, given, "truth")
    assert located.given == [None] * 3
    for one, told in zip(frames, given.given, strict=True):
        assert told is not None and told.side == "right"
        np.testing.assert_allclose(told.center_mm, one.hands[0].joints_mm.mean(axis=0), atol=1e-3)


def test_the_true_centre_leaves_out_joints_without_label() -> None:
    joints = np.full((21, 3), np.nan, np.float32)
    joints[[3, 4]] = [[0, 0, 400], [10, 20, 500]]
    np.testing.assert_allclose(true_center(Hand(joints)), [5, 10, 450])


def test_hands_of_the_other_side_are_counted() -> None:
    assert evaluate_frames([frame(0), frame(1)], Fake(side="left")).wrong_side == 2
    assert evaluate_frames([frame(0), frame(1)], Fake(side="")).wrong_side == 0


def test_bad_and_unlabelled_frames_are_left_out_and_told() -> None:
    unknown = Frame("5.png", DEPTH, CAMERA, hands=(Hand(np.full((21, 3), np.nan, np.float32)),))
    frames = [frame(0), BadFrame("1.png", "1.png: torn; record again"), Frame("2.png", DEPTH, CAMERA), unknown]
    estimator = Fake()
    result = evaluate_frames(frames, estimator)
    assert len(estimator.given) == result.report.frames == 1 and result.unlabelled == 2
    document = result.to_dict()
    assert document["frames_unreadable"] == [{"frame": "1.png", "reason": "1.png: torn; record again"}]
    assert document["frames_unlabelled"] == 2


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([], "no frame has a label"),
        ([Frame("0.png", DEPTH, CAMERA)], r"no frame has a label .*; add joints\.jsonl"),
        ([BadFrame("0.png", "0.png: torn; record again")] * 2, "no frame is readable, the first: 0.png: torn"),
    ],
)
def test_nothing_to_measure_is_one_line(frames: list[Frame | BadFrame], message: str) -> None:
    with pytest.raises(ThenarError, match=message):
        evaluate_frames(frames, Fake())


def test_tables_follow_what_is_known_of_each_frame() -> None:
    about = {"visible": tuple(joint < 14 for joint in range(21)), "sensor": "sr305", "hand_size_mm": 170.0}
    frames = [
        frame(0, **about, gesture="fist", yaw_deg=0.0, pitch_deg=10.0, distance_mm=310.0),
        frame(1, **about, yaw_deg=60.0, pitch_deg=60.0, distance_mm=450.0),
        frame(2, **about | {"sensor": "kinect"}, yaw_deg=-40.0, pitch_deg=0.0, distance_mm=899.0),
        frame(3, hand_size_mm=205.0),
    ]
    tables = evaluate_frames(frames, Fake()).tables
    counts = {name: {group: report.frames for group, report in groups.items()} for name, groups in tables.items()}
    assert counts == {
        "sensor": {"kinect": 1, "sr305": 2},
        "side": {"right": 4},
        "gesture": {"fist": 1},
        "visibility": {"occluded": 3, "visible": 3},
        "distance": {"300 to 450 mm": 1, "450 to 600 mm": 2, "750 to 900 mm": 1},
        "view": {"  0 to  15 deg": 1, " 30 to  45 deg": 1, " 75 and more deg": 1},
        "hand size": {"160 to 175 mm": 3, "205 and more mm": 1},
    }
    json.dumps(evaluate_frames(frames, Fake()).to_dict(), allow_nan=False)


def test_a_table_that_nothing_is_known_for_is_left_out() -> None:
    assert set(evaluate_frames([frame(0)], Fake()).tables) == {"side", "distance", "hand size"}


def test_the_hands_size_is_measured_along_the_middle_finger_whatever_the_pose() -> None:
    joints = np.full((21, 3), 500, np.float32)
    joints[[0, 9, 10, 11, 12]] = [[0, 0, 500], [0, 100, 500], [40, 100, 500], [40, 100, 475], [40, 85, 475]]
    for known, table in (
        (joints, {"175 to 190 mm": 1}),
        (np.where(np.arange(21)[:, None] == 11, np.nan, joints), None),
    ):
        labelled = Frame("000000.png", DEPTH, CAMERA, hands=(Hand(known, "right"),))
        found = evaluate_frames([labelled], Fake()).tables.get("hand size")
        assert (found and {group: report.frames for group, report in found.items()}) == table


def test_answers_to_parts_of_the_frames_add_up() -> None:
    frames = [frame(i) for i in range(5)]
    whole = evaluate_frames([*frames, BadFrame("x", "x: torn")], Fake(lost=(1,), side="left"))
    parts = []
    for part in (frames[:2], [*frames[2:], BadFrame("x", "x: torn")]):
        parts.append(Answers())
        for each in part:
            parts[-1].ask(each, Fake(lost=(1,), side="left"))
    parts[0].extend(parts[1])
    assert parts[0].evaluation().to_dict() == whole.to_dict()
