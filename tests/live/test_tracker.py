from __future__ import annotations

import numpy as np
import pytest
from ball import CAMERA, CENTER, FakeSession, ball, looks_right

from thenar.errors import ThenarError
from thenar.live.calibration import Calibration
from thenar.live.tracker import Tracker, TrackerConfig

pytestmark = pytest.mark.usefixtures("unturned")

EMPTY = np.zeros((CAMERA.height, CAMERA.width), np.float32)
NAN = np.full_like(EMPTY, np.nan)
WALL = np.full_like(EMPTY, 1400)


def track(tracker, frames, start=0):
    return [tracker.track(depth, (start + i) / 30) for i, depth in enumerate(frames)]


def near(hand, center_mm):
    return np.linalg.norm(hand.raw_mm.mean(axis=0) - center_mm) < 20


def test_a_hand_is_found_and_followed():
    places = [(30 + 4 * i, -20, 500 + 5 * i) for i in range(20)]
    hands = track(Tracker(FakeSession(), CAMERA), [ball(place) for place in places])
    assert all(hand and hand.side == "right" and near(hand, place) for hand, place in zip(hands, places, strict=True))


@pytest.mark.parametrize("nothing", [EMPTY, NAN, WALL], ids=["empty", "nan", "wall"])
def test_a_hand_that_leaves_is_lost_and_found_where_it_comes_back(nothing):
    tracker = Tracker(FakeSession(), CAMERA)
    before = track(tracker, [ball()] * 3)
    gone = track(tracker, [nothing] * 3, start=3)
    back = track(tracker, [ball((-120, 60, 700))], start=6)
    assert all(before) and gone == [None] * 3
    assert back[0] and near(back[0], (-120, 60, 700))
    np.testing.assert_array_equal(back[0].joints_mm, back[0].raw_mm, "the filter remembers nothing of the time before")


def test_holes_of_nan_and_infinity_do_no_harm():
    depth = ball()
    depth[::7] = np.nan
    depth[3::11] = np.inf
    depth[5::13] = -np.inf
    hand = Tracker(FakeSession(), CAMERA).track(depth, 0.0)
    assert hand and near(hand, CENTER) and np.isfinite(hand.joints_mm).all()


@pytest.mark.parametrize("left", [False, True])
def test_it_finds_out_which_hand_it_is_and_stays_with_it(left):
    tracker = Tracker(FakeSession(), CAMERA)
    hands = track(tracker, [ball((30, -20, 500 + i), left=left) for i in range(20)])
    assert {hand.side for hand in hands if hand} == {"left" if left else "right"} and all(hands)


def test_both_readings_are_compared_only_while_the_evidence_is_thin():
    session = FakeSession(lambda image: 0.7 if looks_right(image) else 0.5)
    tracker = Tracker(session, CAMERA)
    calls = []
    for i in range(8):
        before = session.calls
        assert tracker.track(ball(), i / 30)
        calls.append(session.calls - before)
    # 0.2 of evidence a frame, 0.9 of which is kept: 0.2, 0.38, 0.54, 0.69 > 0.6
    assert calls[0] > 8 and calls[1:] == [8, 8, 8, 4, 4, 4, 4]  # four crops a reading


def test_one_frame_that_looks_like_the_other_hand_changes_nothing():
    scores = [(0.75, 0.5)] * 2 + [(0.45, 0.55)] + [(0.75, 0.5)] * 8
    doubtful = iter([score for pair in scores for score in pair for _ in range(4)])  # four crops a reading
    tracker = Tracker(FakeSession(lambda image: 0.75 if looks_right(image) else 0.5), CAMERA)
    track(tracker, [ball()] * 2)
    tracker.session.judge = lambda image: next(doubtful)
    assert [hand and hand.side for hand in track(tracker, [ball()] * 9, start=2)] == ["right"] * 9


def test_a_first_mistake_is_put_right():
    """The first frame shows the wrong side as a little surer, the others the right one as much surer."""
    session = FakeSession(lambda image: 0.55 if looks_right(image) else 0.6)
    tracker = Tracker(session, CAMERA)
    first = tracker.track(ball(), 0.0)
    session.judge = lambda image: 0.9 if looks_right(image) else 0.4
    later = track(tracker, [ball()] * 6, start=1)
    assert first and first.side == "left" and [hand and hand.side for hand in later] == ["right"] * 6


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_given_side_is_taken_at_its_word(side):
    session = FakeSession(lambda image: 0.5)
    tracker = Tracker(session, CAMERA, TrackerConfig(side=side))
    first, second = track(tracker, [ball()] * 2)
    before = session.calls
    third = tracker.track(ball(), 0.1)
    assert [hand and hand.side for hand in (first, second, third)] == [side] * 3
    assert session.calls == before + 4


def test_a_given_side_that_the_network_does_not_believe_is_no_hand():
    assert Tracker(FakeSession(), CAMERA, TrackerConfig(side="left")).track(ball(), 0.0) is None


@pytest.mark.parametrize(("worth", "found"), [(0.5, True), (0.3, False)])
def test_a_hand_is_found_by_what_the_networks_confidence_is_worth(worth, found):
    unsure = FakeSession(lambda image: 0.35)
    calibration = Calibration((0.2, 0.35, 0.5), (0.0, worth, 1.0))
    assert (Tracker(unsure, CAMERA, calibration=calibration).track(ball(), 0.0) is not None) == found


@pytest.mark.parametrize(("score", "found", "kept"), [(0.5, True, True), (0.3, False, True), (0.1, False, False)])
def test_less_is_asked_of_a_hand_that_is_followed(score, found, kept):
    assert (Tracker(FakeSession(lambda image: score), CAMERA).track(ball(), 0.0) is not None) == found
    session = FakeSession()
    tracker = Tracker(session, CAMERA)
    assert tracker.track(ball(), 0.0)
    session.judge = lambda image: score
    assert (tracker.track(ball(), 0.1) is not None) == kept


@pytest.mark.parametrize(
    "answer",
    [
        lambda uvd, confidence: (uvd * np.float32(np.nan), confidence),
        lambda uvd, confidence: (uvd, confidence * np.float32(np.nan)),
        lambda uvd, confidence: (uvd - np.float32([0, 0, 100]), confidence),
        lambda uvd, confidence: (uvd * np.float32(np.inf), confidence),
    ],
    ids=["nan joints", "nan confidence", "behind the camera", "infinite joints"],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_network_that_goes_wrong_costs_the_hand_and_no_more(answer):
    session = FakeSession()
    tracker = Tracker(session, CAMERA)
    assert tracker.track(ball(), 0.0)
    sound, session.answer = session.answer, answer
    assert track(tracker, [ball()] * 2, start=1) == [None, None]
    session.answer = sound
    assert tracker.track(ball(), 0.2)


def test_joints_are_smoothed_and_the_raw_ones_kept():
    tracker = Tracker(FakeSession(), CAMERA)
    jitter = np.random.default_rng(0).normal(0, 3, 30)
    hands = track(tracker, [ball((30 + x, -20, 500)) for x in jitter])
    raw, smooth = (np.array([getattr(hand, name)[0, 0] for hand in hands]) for name in ("raw_mm", "joints_mm"))
    assert np.diff(smooth[5:]).std() < 0.6 * np.diff(raw[5:]).std()
    plain = track(Tracker(FakeSession(), CAMERA, TrackerConfig(smooth=None)), [ball(), ball((34, -20, 500))])
    assert all(np.array_equal(hand.joints_mm, hand.raw_mm) for hand in plain)


@pytest.mark.parametrize("shape", [(0, 0), (120, 161), (160, 120), (120,), (120, 160, 1)])
def test_a_frame_of_another_size_is_one_line(shape):
    with pytest.raises(ThenarError, match="but the camera is 160x120; give"):
        Tracker(FakeSession(), CAMERA).track(np.zeros(shape, np.float32), 0.0)


def test_the_search_is_given_up_at_once_where_nothing_is():
    session = FakeSession()
    assert Tracker(session, CAMERA).track(EMPTY, 0.0) is None and session.calls == 0
