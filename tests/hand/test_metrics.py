from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.errors import ThenarError
from thenar.hand.metrics import PCK_THRESHOLDS_MM, auc, evaluate, grouped, joint_errors, pck_curve
from thenar.hand.skeleton import JOINTS

seeds = st.integers(0, 2**32 - 1)
TRUTH = np.random.default_rng(1).uniform(-100, 100, (40, 21, 3))
FIVE_MM = np.array([3, 4, 0])


def test_errors_are_distances() -> None:
    assert joint_errors(np.array([[[3.0, 4, 0]]]), np.zeros((1, 1, 3))) == [[5.0]]


def test_a_perfect_prediction() -> None:
    report = evaluate(TRUTH, TRUTH)
    assert report.mean_joint_error_mm == report.mean_joint_error_unbiased_mm == 0
    assert report.auc_0_50 == 1 and set(report.frames_within) == {1.0}
    assert (report.frames, report.frames_without_hand) == (40, 0)


@given(seeds)
def test_means_agree_with_the_definition(seed: int) -> None:
    predicted = TRUTH + np.random.default_rng(seed).normal(0, 15, TRUTH.shape)
    report = evaluate(predicted, TRUTH)
    errors = np.sqrt(((predicted - TRUTH) ** 2).sum(-1))
    assert report.mean_joint_error_mm == pytest.approx(errors.mean())
    np.testing.assert_allclose(report.per_joint_mm, errors.mean(0))
    np.testing.assert_allclose(report.per_joint_bias_mm, (predicted - TRUTH).mean(0), atol=1e-9)
    assert report.pck[10] == pytest.approx((errors <= 10).mean())
    assert report.frames_within[2] == pytest.approx((errors.max(1) <= 30).mean())


@given(seeds, st.floats(0, 60))
def test_a_constant_offset_is_all_bias(seed: int, length: float) -> None:
    direction = np.random.default_rng(seed).normal(size=(21, 3))
    offset = length * direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    report = evaluate(TRUTH + offset, TRUTH)
    assert report.mean_joint_error_mm == pytest.approx(length)
    assert report.mean_joint_error_unbiased_mm == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(report.per_joint_bias_mm, offset, atol=1e-9)


@pytest.mark.parametrize(("error", "expected"), [(0, 1.0), (12.5, 0.75), (25, 0.5), (50, 0.01), (51, 0.0)])
def test_auc_of_one_error_everywhere(error: float, expected: float) -> None:
    """A step at e covers 1 - e/50 of the range, to within half a millimetre of the steps."""
    assert auc(pck_curve(np.full(100, error))) == pytest.approx(expected, abs=0.011)


@given(st.lists(st.floats(0, 49, width=32), min_size=1, max_size=50))
def test_auc_is_one_minus_the_mean_error_when_all_are_below_50(errors: list[float]) -> None:
    assert auc(pck_curve(np.array(errors))) == pytest.approx(1 - np.mean(errors) / 50, abs=0.011)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=50))
def test_pck_rises_from_0_to_1(errors: list[float]) -> None:
    share = pck_curve(np.array(errors))
    assert len(share) == len(PCK_THRESHOLDS_MM) == 51
    assert (np.diff(share) >= 0).all() and share[0] >= 0 and share[-1] <= 1


def test_a_frame_without_a_predicted_hand_is_a_miss_and_no_millimetres() -> None:
    predicted = TRUTH + FIVE_MM
    predicted[:10] = np.nan
    report = evaluate(predicted, TRUTH)
    assert report.mean_joint_error_mm == pytest.approx(5)
    assert (report.frames, report.frames_without_hand) == (40, 10)
    assert report.pck[-1] == pytest.approx(0.75) and report.frames_within[0] == pytest.approx(0.75)
    assert report.auc_0_50 == pytest.approx(0.75 * evaluate(TRUTH + FIVE_MM, TRUTH).auc_0_50)


def test_a_joint_that_is_not_told_is_a_miss() -> None:
    predicted = TRUTH.copy()
    predicted[:, 4, 1] = np.nan
    report = evaluate(predicted, TRUTH)
    assert report.mean_joint_error_mm == 0 and report.frames_without_hand == 0
    assert math.isnan(report.per_joint_mm[4]) and report.per_joint_mm[3] == 0
    assert report.frames_within == (0.0,) * 5
    assert report.to_dict()["per_joint_mm"][4] is None


def test_what_has_no_label_counts_nowhere() -> None:
    truth = TRUTH.copy()
    truth[:15] = np.nan
    truth[:, 0] = np.nan
    predicted = TRUTH + FIVE_MM
    predicted[:15] += 1000
    predicted[:5] = np.nan
    predicted[:, 0] += 1000
    report = evaluate(predicted, truth)
    assert (report.frames, report.frames_without_hand) == (25, 0)
    assert report.mean_joint_error_mm == pytest.approx(5) and report.pck[6] == 1 and report.frames_within[0] == 1


def test_no_hand_anywhere_is_a_report_and_no_crash() -> None:
    report = evaluate(np.full_like(TRUTH, np.nan), TRUTH)
    assert report.frames_without_hand == report.frames == 40 and report.auc_0_50 == 0
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert document["mean_joint_error_mm"] is None


def test_the_document_has_what_is_promised() -> None:
    document = evaluate(TRUTH + 1, TRUTH).to_dict()
    promised = "mean_joint_error_mm per_joint_mm per_joint_bias_mm mean_joint_error_unbiased_mm auc_0_50 frames"
    assert set(promised.split()) <= set(document) and "frames_without_hand" in document
    assert len(document["per_joint_mm"]) == len(document["per_joint_bias_mm"]) == len(document["joints"]) == 21


def test_groups_of_frames_and_of_joints() -> None:
    predicted = TRUTH.copy()
    predicted[:10] += [3, 4, 0]
    sensors = np.array(["a"] * 10 + ["b"] * 20 + [""] * 10)
    by_sensor = grouped(predicted, TRUTH, sensors)
    assert list(by_sensor) == ["a", "b"]
    assert (by_sensor["a"].frames, by_sensor["a"].mean_joint_error_mm) == (10, pytest.approx(5))
    assert (by_sensor["b"].frames, by_sensor["b"].mean_joint_error_mm) == (20, 0)

    joints = np.full(TRUTH.shape[:2], "visible")
    joints[:, 8] = "hidden"
    predicted = TRUTH.copy()
    predicted[:, 8] += [0, 0, 7]
    by_joint = grouped(predicted, TRUTH, joints)
    assert by_joint["hidden"].mean_joint_error_mm == pytest.approx(7)
    assert by_joint["visible"].mean_joint_error_mm == 0 and by_joint["visible"].joints == JOINTS


@pytest.mark.parametrize(
    ("predicted", "truth"),
    [
        (np.zeros((2, 21, 3)), np.zeros((3, 21, 3))),
        (np.zeros((2, 14, 3)), np.zeros((2, 14, 3))),
        (np.zeros((21, 3)), np.zeros((21, 3))),
        (np.zeros((2, 21, 3)), np.full((2, 21, 3), np.nan)),
        (np.zeros((0, 21, 3)), np.zeros((0, 21, 3))),
    ],
    ids=["frames differ", "names don't fit", "no frames axis", "no label", "empty"],
)
def test_what_cannot_be_compared_is_refused(predicted: np.ndarray, truth: np.ndarray) -> None:
    with pytest.raises(ThenarError):
        evaluate(predicted, truth)
