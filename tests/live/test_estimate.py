from __future__ import annotations

import numpy as np
import pytest
from ball import CAMERA, CENTER, FakeSession, ball

from thenar.errors import ThenarError
from thenar.hand.crop import crop_hand
from thenar.live.estimate import Estimate, check_hand_model, estimate
from thenar.run.tensors import TensorSpec

pytestmark = pytest.mark.usefixtures("unturned")

MIDDLE = np.float32([CENTER[0] + 8.5, CENTER[1] - 8.5, CENTER[2]])
"""About the centroid of three quarters of a disc."""


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_mirrored_reading_gives_the_same_place(side):
    found = estimate(FakeSession(), ball(), CAMERA, np.float32(CENTER), side)
    assert found.joints_mm.shape == (21, 3) and found.side == side
    assert np.linalg.norm(found.center_mm - MIDDLE) < 3


def test_only_the_right_reading_is_sure():
    right, left = (estimate(FakeSession(), ball(), CAMERA, np.float32(CENTER), side) for side in ("right", "left"))
    assert (right.score, left.score) == pytest.approx((0.9, 0.1), rel=0.01)


@pytest.mark.parametrize("passes", [1, 2, 3])
def test_every_pass_cuts_where_the_one_before_saw_the_hand(passes):
    session = FakeSession()
    seen = []
    session.judge = lambda image: seen.append(image) or 0.5
    found = estimate(session, ball(), CAMERA, np.float32(CENTER) + np.float32([90, 0, 0]), "right", passes)
    assert session.calls == passes
    if passes > 1:
        again = estimate(FakeSession(), ball(), CAMERA, np.float32(CENTER), "right", 1)
        assert np.linalg.norm(found.center_mm - again.center_mm) < 2
        first = estimate(FakeSession(), ball(), CAMERA, np.float32(CENTER) + np.float32([90, 0, 0]), "right", 1)
        np.testing.assert_array_equal(seen[1], crop_hand(ball(), CAMERA, first.center_mm).image)


def test_readings_that_differ_are_averaged_and_believed_less():
    session = FakeSession()
    shift = iter([0.0, 40 / 140])
    session.answer = lambda uvd, confidence: (uvd * 0 + np.float32([0, 0, next(shift)]), confidence * 0 + 0.8)
    found = estimate(session, ball(), CAMERA, np.float32(CENTER), "right", passes=2)
    assert found.center_mm[2] == pytest.approx(CENTER[2] + 20, abs=1)
    assert found.score == pytest.approx(0.8 * np.exp(-1), rel=0.1)


@pytest.mark.parametrize(
    ("joint", "confidence"),
    [((0, 0, -5), 0.9), ((0, 0, 0), 0.9), ((np.nan, 0, 400), 0.9), ((np.inf, 0, 400), 0.9), ((0, 0, 400), np.nan)],
)
def test_what_cannot_be_a_hand_scores_nothing(joint, confidence):
    joints = np.full((21, 3), 400, np.float32)
    joints[7] = joint
    assert Estimate(joints, np.full(21, confidence, np.float32), "right").score == 0


def test_an_impossible_first_pass_ends_it():
    session = FakeSession()
    session.answer = lambda uvd, confidence: (uvd * np.float32(np.nan), confidence)
    assert estimate(session, ball(), CAMERA, np.float32(CENTER), "right").score == 0
    assert session.calls == 1


@pytest.mark.parametrize(
    ("inputs", "outputs", "says"),
    [
        ({"image": (1, 1, 128, 128)}, {"uvd": (1, 21, 3), "confidence": (1, 21)}, "depth missing"),
        ({"depth": (1, 1, 96, 96)}, {"uvd": (1, 21, 3), "confidence": (1, 21)}, r"depth \(1, 1, 96, 96\)"),
        ({"depth": (1, 1, 128, 128)}, {"uvd": (1, 14, 3), "confidence": (1, 14)}, r"uvd \(1, 14, 3\)"),
        ({"depth": (1, 1, 128, 128)}, {"uvd": (1, 21, 3)}, "confidence missing"),
    ],
)
def test_a_model_of_something_else_is_named(inputs, outputs, says):
    session = FakeSession()
    session.inputs = tuple(TensorSpec(name, shape, "float32") for name, shape in inputs.items())
    session.outputs = tuple(TensorSpec(name, shape, "float32") for name, shape in outputs.items())
    with pytest.raises(ThenarError, match=f"model has {says}.*; use a model written by"):
        check_hand_model(session)
