from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

pytest.importorskip("numba")

from thenar.grid import round_rows

ROWS = arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 40)), elements=st.floats(-4, 4, width=32))
BITS = st.sampled_from([2, 4, 8])


def plain(rows: np.ndarray, bits: int) -> np.ndarray:
    """Each row rounded to steps of its largest number: nothing clipped."""
    scale = np.maximum(np.abs(rows).max(1, keepdims=True), 1e-30) / (2 ** (bits - 1) - 1)
    return np.rint(rows / scale) * scale


@given(ROWS, BITS)
def test_it_loses_no_more_than_rounding_without_clipping(rows: np.ndarray, bits: int) -> None:
    steps, scales = round_rows(rows, bits)
    assert np.abs(steps.astype(int)).max() <= 2 ** (bits - 1) - 1
    lost = np.square(steps * scales[:, None] - rows).sum(1)
    assert (lost <= np.square(plain(rows, bits) - rows).sum(1) * 1.001 + 1e-6).all()


@given(st.integers(0, 1000), st.sampled_from([3, 4, 8]))
def test_what_lies_on_a_grid_stays_there(seed: int, bits: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(4, 60)).astype(np.float32)
    steps, scales = round_rows(rows, bits)
    again, same = round_rows(steps * scales[:, None], bits)
    np.testing.assert_array_equal(again, steps)
    np.testing.assert_allclose(same, scales, rtol=1e-5)


def test_few_large_numbers_are_clipped_for_the_sake_of_many_small_ones() -> None:
    rows = np.random.default_rng(0).normal(size=(8, 500)).astype(np.float32)
    steps, scales = round_rows(rows, 4)
    lost, kept = (np.square(values - rows).mean() for values in (steps * scales[:, None], plain(rows, 4)))
    assert lost < 0.8 * kept


def test_zeros_stay_zeros() -> None:
    steps, scales = round_rows(np.zeros((2, 3), np.float32), 4)
    assert not steps.any()
    assert (scales == 1).all()
