from __future__ import annotations

import numpy as np
import pytest
from ball import CAMERA, FakeSession, ball, looks_right

from thenar.errors import ThenarError
from thenar.live.calibration import IDENTITY, Calibration
from thenar.live.hands import HandsConfig, HandsTracker, tracker_of
from thenar.live.locator import Candidate

pytestmark = pytest.mark.usefixtures("unturned")

EMPTY = np.zeros((CAMERA.height, CAMERA.width), np.float32)
RIGHT, LEFT = (130.0, -20.0, 500.0), (-130.0, -20.0, 560.0)


class KnownPlaces:
    """A locator that is told where the hands are; looks: how often it was asked."""

    def __init__(self, *places, score=0.9):
        self.places, self.score, self.looks = list(places), score, 0

    def find(self, depth_mm, camera):
        self.looks += 1
        return [Candidate(np.array(place, np.float32), self.score) for place in self.places]


def both(right=RIGHT, left=LEFT):
    """Both balls in one frame, the nearer one before the other."""
    one, other = ball(right), ball(left, left=True)
    return np.where((one > 0) & ((other == 0) | (one < other)), one, other)


def tracker(places, judge=None, config=None, **more):
    session = FakeSession(judge) if judge else FakeSession()
    return HandsTracker(session, CAMERA, config, KnownPlaces(*places), **more)


def run(hands, frames, fps=30, start=0):
    return [hands.track(depth, (start + i) / fps) for i, depth in enumerate(frames)]


def near(hand, place, mm=25):
    return np.linalg.norm(hand.raw_mm.mean(axis=0) - place) < mm


def test_two_hands_have_a_number_and_a_side_each_and_keep_them():
    hands = tracker([RIGHT, LEFT])
    ways = [((130 - i, -20, 500), (-130 + i, -20, 560)) for i in range(15)]
    for told, (right, left) in zip(run(hands, [both(*way) for way in ways]), ways, strict=True):
        by_id = {hand.id: hand for hand in told}
        assert set(by_id) == {0, 1} and [by_id[i].side for i in (0, 1)] == ["right", "left"]
        assert near(by_id[0], right) and near(by_id[1], left)


def test_who_follows_all_hands_does_not_look_for_more():
    hands = tracker([RIGHT, LEFT])
    run(hands, [both()] * 3)
    before = hands.locator.looks
    run(hands, [both()] * 9, start=3)
    assert hands.locator.looks == before
    one = tracker([RIGHT])
    run(one, [ball(RIGHT)] * 10)
    assert one.locator.looks == 1 + 9 // HandsConfig().look_every


def test_a_hand_that_is_lost_comes_back_under_its_number_if_soon():
    hands = tracker([RIGHT])
    assert [told[0].id for told in run(hands, [ball(RIGHT)] * 3)] == [0, 0, 0]
    assert run(hands, [EMPTY] * 5, start=3) == [()] * 5
    assert run(hands, [ball(RIGHT)], start=8)[0][0].id == 0
    assert run(hands, [EMPTY] * 30, start=9) == [()] * 30
    assert run(hands, [ball(RIGHT)], start=39)[0][0].id == 1


def test_a_hand_elsewhere_is_another_one():
    hands = tracker([RIGHT], config=HandsConfig(reach_mm=50, reach_mm_per_s=0))
    run(hands, [ball(RIGHT)] * 3)
    hands.locator.places = [LEFT]
    told = run(hands, [ball(LEFT)] * 2, start=3)
    assert [hand.id for hand in told[-1]] == [1]


def test_hands_that_are_lost_leave_room_for_those_that_come():
    hands = tracker([RIGHT, LEFT])
    assert len(run(hands, [both()] * 2)[-1]) == 2
    hands.locator.places = [(0, 60, 700)]
    assert [hand.id for hand in run(hands, [ball((0, 60, 700), left=True)], start=2)[0]] == [2]


@pytest.mark.parametrize("left", [False, True])
def test_no_hand_is_told_of_before_its_side_is_decided_and_none_changes_it(left):
    doubt = tracker([RIGHT], lambda image: 0.6 if looks_right(image) else 0.45)
    told = run(doubt, [ball(RIGHT, left=left)] * 10)
    assert told[:3] == [(), (), ()], "0.15 of evidence a frame"
    assert [hand.side for frame in told[3:] for hand in frame] == ["left" if left else "right"] * 7
    doubt.session.judge = lambda image: 0.5 if looks_right(image) else 0.9
    assert {hand.side for frame in run(doubt, [ball(RIGHT, left=left)] * 9, start=10) for hand in frame} == {
        "left" if left else "right"
    }


def test_what_two_hands_tell_is_told_once():
    hands = tracker([RIGHT, LEFT])
    run(hands, [both()] * 2)
    only = ball((10.0, -20.0, 520.0))
    hands._hands[0].course.center_mm = hands._hands[1].course.center_mm = np.array((10, -20, 520), np.float32)
    hands.session.judge = lambda image: 0.8
    told = run(hands, [only], start=2)[0]
    assert len(told) == 1


def test_a_place_without_a_hand_is_never_told_of():
    unsure = tracker([RIGHT, LEFT], lambda image: 0.35)
    assert run(unsure, [both()] * 20) == [()] * 20
    cold = tracker([RIGHT])
    cold.locator.score, cold.session.judge = 0.3, lambda image: 0.5 if looks_right(image) else 0.1
    assert run(cold, [ball(RIGHT)] * 20) == [()] * 20


def test_an_unlikely_place_needs_several_frames():
    hands = tracker([RIGHT], lambda image: 0.62 if looks_right(image) else 0.0)
    hands.locator.score = 0.3
    assert [len(told) for told in run(hands, [ball(RIGHT)] * 3)] == [0, 1, 1]


def test_what_is_missed_before_it_is_known_was_no_hand():
    hands = tracker([RIGHT], lambda image: 0.5 if looks_right(image) else 0.0)
    hands.locator.score = 0.5
    told = run(hands, [frame for _ in range(10) for frame in (ball(RIGHT), ball(RIGHT), EMPTY)])
    assert told == [()] * 30


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_given_side_is_taken_at_its_word(side):
    hands = tracker([RIGHT], lambda image: 0.7, HandsConfig(side=side))
    assert run(hands, [ball(RIGHT)])[0][0].side == side


def test_no_more_hands_than_wanted():
    hands = tracker([RIGHT, LEFT], config=HandsConfig(max_hands=1))
    assert [len(told) for told in run(hands, [both()] * 4)] == [1] * 4


def test_confidence_is_what_it_was_calibrated_to():
    hands = tracker([RIGHT], calibration=Calibration((0.0, 1.0), (0.75, 0.75)))
    told = run(hands, [ball(RIGHT)] * 2)[-1]
    np.testing.assert_array_equal(told[0].confidence, np.full(21, 0.75, np.float32))


@pytest.mark.parametrize("times", [[0, 1, 0.5, 0.5, 0.2, 9], [0, 0, 0, 0], [5, 4, 3, 2, 1, 0]], ids=str)
def test_time_may_stand_or_run_back(times):
    hands = tracker([RIGHT])
    told = [hands.track(ball(RIGHT), time_s) for time_s in times]
    assert [[hand.id for hand in frame] for frame in told] == [[0]] * len(times)
    assert all(np.isfinite(hand.joints_mm).all() for frame in told for hand in frame)


@pytest.mark.parametrize(
    "answer",
    [
        lambda uvd, confidence: (uvd * np.float32(np.nan), confidence),
        lambda uvd, confidence: (uvd, confidence * np.float32(np.nan)),
        lambda uvd, confidence: (uvd - np.float32([0, 0, 100]), confidence),
    ],
    ids=["nan joints", "nan confidence", "behind the camera"],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_network_that_goes_wrong_costs_the_hand_and_no_more(answer):
    hands = tracker([RIGHT])
    assert run(hands, [ball(RIGHT)] * 2)[1]
    sound, hands.session.answer = hands.session.answer, answer
    assert run(hands, [ball(RIGHT)] * 2, start=2) == [(), ()]
    hands.session.answer = sound
    assert run(hands, [ball(RIGHT)], start=4)[0][0].id == 0


def test_the_same_frames_give_the_same_joints_to_the_bit():
    frames = [both((130 - i, -20, 500), (-130, -20 + 2 * i, 560)) for i in range(10)]
    one, other = run(tracker([RIGHT, LEFT]), frames), run(tracker([RIGHT, LEFT]), frames)
    for left, right in zip(one, other, strict=True):
        assert [hand.joints_mm.tobytes() for hand in left] == [hand.joints_mm.tobytes() for hand in right]
        assert [hand.id for hand in left] == [hand.id for hand in right]


@pytest.mark.parametrize("shape", [(0, 0), (120, 161), (160, 120)])
def test_a_frame_of_another_size_is_one_line(shape):
    with pytest.raises(ThenarError, match="but the camera is 160x120; give"):
        tracker([RIGHT]).track(np.zeros(shape, np.float32), 0.0)


def test_a_models_calibration_lies_beside_it(tmp_path, monkeypatch):
    (tmp_path / "model.onnx").write_bytes(b"x")
    monkeypatch.setattr("thenar.live.hands.shipped_locator", lambda runtime: KnownPlaces())
    assert tracker_of(tmp_path)(FakeSession(), CAMERA).calibration is IDENTITY
    (tmp_path / "calibration.json").write_text('{"raw": [0, 1], "probability": [0, 0.5]}')
    assert tracker_of(tmp_path)(FakeSession(), CAMERA).calibration.probability == (0, 0.5)
    (tmp_path / "calibration.json").write_text("{}")
    with pytest.raises(ThenarError, match="is no calibration"):
        tracker_of(tmp_path)
