from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.live.steadiness import jitter_mm, lag_ms

TIMES = np.arange(90) / 30


def path(times: np.ndarray) -> np.ndarray:
    return np.stack([100 * np.sin(6 * times), 40 * np.cos(4 * times), 30 * np.sin(3 * times + 1)], axis=1)


def test_jitter_is_the_deviation_of_one_coordinate() -> None:
    still = np.random.default_rng(0).normal((5, 6, 700), 0.5, (4000, 21, 3))
    assert jitter_mm(still) == pytest.approx(0.5, rel=0.02)
    assert jitter_mm(np.ones((10, 21, 3))) == 0


@given(st.floats(-0.15, 0.15))
def test_a_late_path_is_as_late_as_it_is(late_s: float) -> None:
    assert lag_ms(path(TIMES - late_s), path(TIMES), TIMES) == pytest.approx(1000 * late_s, abs=1.5)


def test_place_and_size_are_no_lag() -> None:
    assert lag_ms(1.2 * path(TIMES - 0.01) + 55, path(TIMES), TIMES) == pytest.approx(10, abs=1)


def test_too_short_a_track_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        lag_ms(path(TIMES[:10]), path(TIMES[:10]), TIMES[:10])
