"""The tables of noise and the hash that reads them."""

from __future__ import annotations

import numpy as np
import pytest

from thenar.data.sensors.noise import TILE, above, blobs, hash32, read_row, uniform


@pytest.mark.parametrize("size_px", [0.0, 0.7, 2.5, 6.0])
def test_blobs_are_standard_normal_and_as_large_as_asked(size_px: float) -> None:
    tile = blobs((size_px,), (1.0,), 1)
    assert tile.dtype == np.float32 and tile.shape == (TILE, TILE)
    assert tile.mean() == pytest.approx(0, abs=1e-6) and tile.std() == pytest.approx(1, abs=1e-5)
    neighbours = float((tile * np.roll(tile, 3, axis=1)).mean())
    # a Gaussian filter of standard deviation s correlates pixels d apart by exp(-d^2 / (4 s^2))
    expected = np.exp(-9 / (4 * size_px**2)) if size_px else 0.0
    assert neighbours == pytest.approx(expected, abs=0.06)


def test_rows_wrap_around() -> None:
    tile = blobs((1.0,), (1.0,), 1)
    out = np.empty(600, np.float32)
    read_row(tile, TILE + 3, 200, np.float32(2.0), out)
    assert np.array_equal(out, 2 * tile[3, (200 + np.arange(600)) % TILE])


def test_hash_spreads() -> None:
    numbers = np.array([[hash32(seed, key) for key in range(20)] for seed in range(500)], np.float64) / 2**32
    assert len(np.unique(numbers)) == numbers.size
    assert numbers.mean() == pytest.approx(0.5, abs=0.02) and numbers.std() == pytest.approx(12**-0.5, abs=0.02)
    assert abs(np.corrcoef(numbers[:-1, 0], numbers[1:, 0])[0, 1]) < 0.15
    draws = [uniform(seed, 3, -2.0, 6.0) for seed in range(500)]
    assert min(draws) >= -2 and max(draws) < 6 and np.mean(draws) == pytest.approx(2, abs=0.4)


def test_above_is_the_normal_quantile() -> None:
    assert above(0.5) == pytest.approx(0) and above(0.158655) == pytest.approx(1, abs=1e-4)
    assert above(0.0) > np.abs(blobs((2.0,), (1.0,), 2)).max(), "no share at all: no tile reaches it"
    assert above(1.0) < -5
