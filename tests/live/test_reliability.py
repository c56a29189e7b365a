from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.live.reliability import calibration_error, reliability, share_within


def test_bins_hold_what_lies_in_them() -> None:
    table = reliability(np.array([0.05, 0.95, 1.0, 0.9]), np.array([20.0, 3.0, np.inf, 15.0]))
    assert [(part.low, part.joints) for part in table] == [(0.0, 1), (0.9, 3)]
    assert table[1].share_within == pytest.approx(2 / 3)
    assert table[1].confidence == pytest.approx(0.95)


def test_nothing_is_no_table() -> None:
    assert reliability(np.zeros(0), np.zeros(0)) == []
    assert calibration_error([]) == 0
    joints, share = share_within(np.zeros(0), np.zeros(0), 0.9)
    assert joints == 0 and np.isnan(share)


def test_the_share_at_nine_tenths() -> None:
    assert share_within(np.array([0.89, 0.9, 0.95]), np.array([0, 15, 15.1]), 0.9) == (2, 0.5)


def test_a_confidence_that_means_what_it_says_has_no_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(200_000)
    error = np.where(rng.random(len(confidence)) < confidence, 1.0, 99.0)
    assert calibration_error(reliability(confidence, error)) < 0.01
    assert calibration_error(reliability(confidence**2, error)) > 0.1


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 100)), min_size=1))
def test_every_joint_is_in_one_bin(pairs: list[tuple[float, float]]) -> None:
    confidence, error = np.array(pairs).T
    table = reliability(confidence, error)
    assert sum(part.joints for part in table) == len(pairs)
    assert all(part.low <= part.confidence <= part.high + 1e-9 for part in table)
    assert sum(part.joints * part.share_within for part in table) == pytest.approx((error <= 15).sum())
