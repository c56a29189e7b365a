"""Vectors against SciPy and brute force."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from scipy.spatial.transform import Rotation

from thenar.data import vector3

SEEDS = range(20)


def some(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 50, (count, 3)).astype(np.float32)


@pytest.mark.parametrize("seed", SEEDS)
def test_turned_is_a_rotation(seed: int) -> None:
    a, axis = some(seed, 2)
    axis /= np.linalg.norm(axis)
    expected = Rotation.from_rotvec(axis * 1.3).apply(a)
    np.testing.assert_allclose(vector3.turned(a, axis, 1.3), expected, atol=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_cross_and_square_to(seed: int) -> None:
    a, b = some(seed, 2)
    np.testing.assert_allclose(vector3.cross(a, b), np.cross(a, b), rtol=1e-4, atol=1e-2)
    axis = vector3.unit(a)
    across = vector3.square_to(axis, b)
    assert abs(across @ axis) < 1e-5 and np.linalg.norm(across) == pytest.approx(1, abs=1e-5)
    assert across @ b >= 0


@pytest.mark.parametrize("axis", np.vstack([np.eye(3), -np.eye(3)]).astype(np.float32))
def test_square_to_an_axis_along_its_hint(axis: np.ndarray) -> None:
    across = vector3.square_to(axis, axis)
    assert abs(across @ axis) < 1e-6 and np.linalg.norm(across) == pytest.approx(1, abs=1e-6)


def test_unit_of_nothing_is_a_direction() -> None:
    assert np.linalg.norm(vector3.unit(np.zeros(3, np.float32))) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_segment_distance(seed: int) -> None:
    p, q, a, b = some(seed, 4)
    if seed % 4 == 0:
        b = a + (q - p)  # parallel
    if seed % 5 == 0:
        q = p  # a point
    along = np.linspace(0, 1, 400)[:, None]
    apart = (p + along * (q - p))[:, None] - (a + along * (b - a))[None]
    assert vector3.segment_distance(p, q, a, b) == pytest.approx(np.linalg.norm(apart, axis=-1).min(), abs=0.5)
