from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.data.limits import LOWER, UPPER, clamp, within

ANY_ANGLES = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(0, 1.2, (21, 3)).astype(np.float32)
)


def test_the_box_is_ordered_and_holds_the_straight_hand() -> None:
    assert (LOWER <= 0).all() and (UPPER >= 0).all()
    assert within(np.zeros((21, 3), np.float32))


@given(ANY_ANGLES)
def test_clamped_angles_are_within_and_stay_as_they_are(angles: np.ndarray) -> None:
    clamp(angles)
    once = angles.copy()
    clamp(angles)
    assert np.allclose(angles, once, atol=1e-6)
    assert within(once)
    assert (once >= LOWER - 1e-6).all() and (once <= UPPER + 1e-6).all()


@pytest.mark.parametrize("row", [4, 8, 12, 16, 20])
def test_a_fingertip_has_no_joint(row: int) -> None:
    angles = np.ones((21, 3), np.float32)
    clamp(angles)
    assert (angles[row] == 0).all()


def test_a_bent_finger_spreads_less() -> None:
    angles = np.ones((21, 3), np.float32)
    angles[5] = 0, 1, 0
    straight = angles.copy()
    clamp(straight)
    angles[5, 0] = np.radians(90)
    clamp(angles)
    assert angles[5, 1] < 0.3 * straight[5, 1]


def test_the_wrist_is_never_at_both_extremes() -> None:
    angles = np.zeros((21, 3), np.float32)
    angles[0] = UPPER[0]
    assert not within(angles)
    clamp(angles)
    assert within(angles)
    assert angles[0, 0] < 0.8 * UPPER[0, 0]
