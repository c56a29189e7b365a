"""Cases made by hand, whose sums anybody can count, and properties that hold for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from thenar.data.frame import Frame, Hand
from thenar.hand.camera import Camera
from thenar.live.one_hand import NumberedHand
from thenar.live.score_tracks import TrackScorer, assign, score_frames

SHAPE = np.random.default_rng(0).normal(0, 40, (21, 3)).astype(np.float32)


def true(id: int, x: float, side: str = "right", visible: int = 21) -> Hand:
    seen = tuple(place < visible for place in range(21))
    return Hand(SHAPE + np.array([x, 0, 500], np.float32), side, id=id, visible=seen)


def said(id: int, x: float, side: str = "right", off: float = 0.0) -> NumberedHand:
    joints = SHAPE + np.array([x, off, 500], np.float32)
    return NumberedHand(id, side, joints, joints, np.full(21, 0.9, np.float32))


def scored(*frames: tuple[list[Hand], list[NumberedHand]]):
    scorer = TrackScorer()
    for truth, reports in frames:
        scorer.add(truth, reports)
    return scorer.score()


RIGHT, LEFT = 300.0, -300.0
CASES = {
    "followed": ([([true(0, 0)], [said(7, 5)])] * 3, {"due": 3, "found": 3, "error_mm": 5.0, "recall": 1, "mota": 1}),
    "missed": ([([true(0, 0)], [])] * 2, {"due": 2, "found": 0, "recall": 0, "mota": 0}),
    "invented": ([([], [said(0, 0)])] * 2, {"false_hands": 2, "due": 0}),
    "too far": ([([true(0, 0)], [said(0, 101)])], {"found": 0, "false_hands": 1, "mota": -1}),
    "twice": ([([true(0, 0)], [said(0, 0), said(1, 10)])], {"found": 1, "false_hands": 1}),
    "renumbered": (
        [([true(0, 0)], [said(0, 0)]), ([true(0, 0)], [said(1, 0)])],
        {"id_switches": 1, "id_switches_apart": 1, "mota": 0.5},
    ),
    "renumbered after a gap": (
        [([true(0, 0)], [said(0, 0)]), ([true(0, 0)], []), ([true(0, 0)], [said(1, 0)])],
        {"id_switches": 1, "found": 2},
    ),
    "swapped": (
        [
            ([true(0, LEFT), true(1, RIGHT)], [said(0, LEFT), said(1, RIGHT)]),
            ([true(0, LEFT), true(1, RIGHT)], [said(1, LEFT), said(0, RIGHT)]),
        ],
        {"id_switches": 2, "id_switches_apart": 2, "found": 4},
    ),
    "swapped while near": (
        [
            ([true(0, 0), true(1, RIGHT)], [said(0, 0), said(1, RIGHT)]),
            ([true(0, 0), true(1, 20)], []),
            ([true(0, 0), true(1, RIGHT)], [said(1, 0), said(0, RIGHT)]),
        ],
        {"id_switches": 2, "id_switches_apart": 0, "found": 4, "due": 6},
    ),
    "kept although another is nearer": (
        [([true(0, 0)], [said(0, 0)]), ([true(0, 0)], [said(0, 60), said(1, 0)])],
        {"id_switches": 0, "false_hands": 1},
    ),
    "flipped": (
        [([true(0, 0)], [said(0, 0)]), ([true(0, 0)], [said(0, 0, "left")]), ([true(0, 0)], [said(0, 0)])],
        {"side_flips": 2, "wrong_side": 1, "id_switches": 0},
    ),
    "of the wrong side": ([([true(0, 0)], [said(0, 0, "left")])] * 4, {"side_flips": 0, "wrong_side": 4}),
    "hardly visible": ([([true(0, 0, visible=7)], [])], {"due": 0, "false_hands": 0}),
    "hardly visible, reported": ([([true(0, 0, visible=7)], [said(0, 3)])], {"due": 0, "matched": 1, "false_hands": 0}),
    "invisible, reported": ([([true(0, 0, visible=0)], [said(0, 0)])], {"due": 0, "false_hands": 1}),
    "another hand": (
        [([true(0, 0)], [said(0, 0)]), ([], []), ([true(1, 0)], [said(1, 0)])],
        {"id_switches": 0, "found": 2},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_counts(case: str) -> None:
    frames, wanted = CASES[case]
    score = scored(*frames)
    assert score.frames == len(frames)
    assert {name: getattr(score, name) for name in wanted} == pytest.approx(wanted, abs=1e-5)


def test_nothing_due_is_no_number() -> None:
    score = scored(([], []))
    assert np.isnan(score.recall) and np.isnan(score.mota)
    assert score.to_dict()["recall"] is None and score.to_dict()["error_mm"] is None


places = st.floats(-1000, 1000, width=32)
frame = st.tuples(st.lists(places, max_size=3), st.lists(places, max_size=3))


@given(st.lists(frame, max_size=6))
def test_sums_add_up(made: list[tuple[list[float], list[float]]]) -> None:
    scorer = TrackScorer()
    for truth, reports in made:
        scorer.add([true(i, x) for i, x in enumerate(truth)], [said(i, x) for i, x in enumerate(reports)])
    score = scorer.score()
    assert score.due == sum(len(truth) for truth, _ in made)
    assert score.matched + score.false_hands == sum(len(reports) for _, reports in made)
    assert score.found == score.matched <= score.due
    assert score.id_switches_apart <= score.id_switches <= score.matched
    assert len(scorer.confidence) == len(scorer.error_mm) == score.matched + score.false_hands


@given(st.lists(st.lists(places, max_size=3), max_size=6))
def test_a_perfect_tracker_has_no_fault(made: list[list[float]]) -> None:
    score = scored(*(([true(i, x) for i, x in enumerate(f)], [said(i + 5, x) for i, x in enumerate(f)]) for f in made))
    assert score.found == score.due and score.false_hands == score.side_flips == score.wrong_side == 0
    assert score.error_mm == 0 or not score.due


@given(arrays.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(0, 200)))
def test_assignment_equals_the_hungarian_algorithm(distance: np.ndarray) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    found = assign(distance, 100.0)
    assert all(distance[row, column] <= 100 for row, column in found.items())
    # as many as possible first: what is too far costs more than everything else together
    cost = np.where(distance <= 100, distance, 1e6)
    rows, columns = optimize.linear_sum_assignment(cost)
    near = cost[rows, columns] <= 100
    assert len(found) == near.sum()
    assert sum(distance[r, c] for r, c in found.items()) == pytest.approx(cost[rows, columns][near].sum())


def test_another_camera_gets_another_tracker() -> None:
    cameras = [Camera(fx=f, fy=f, cx=2, cy=2, width=4, height=4) for f in (1.0, 2.0)]
    frames = [Frame("", np.zeros((4, 4), np.float32), cameras[k // 2], k / 30, (true(k // 2, 0),)) for k in range(4)]
    made: list[Camera] = []

    class Sees:
        def __init__(self, camera: Camera) -> None:
            made.append(camera)

        def track(self, depth_mm, time_s):
            return (said(0, 0),)

    score = score_frames(frames, Sees)
    assert made == cameras
    assert (score.found, score.id_switches) == (4, 0)
