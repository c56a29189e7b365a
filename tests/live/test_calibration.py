from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.errors import ThenarError
from thenar.live.calibration import IDENTITY, Calibration, fit, read_calibration, write_calibration


def drawn(seed: int, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Confidences, and joints of which a share of its square is right: a network that is too sure of itself."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0, 1, count).astype(np.float32)
    return confidence, rng.uniform(0, 1, count) < confidence**2


def test_what_it_says_comes_true_on_joints_that_it_was_not_fitted_to() -> None:
    calibration = fit(*drawn(0))
    confidence, right = drawn(1)
    said = calibration(confidence)
    for low in np.arange(0, 1, 0.1):
        group = (said >= low) & (said < low + 0.1)
        assert abs(right[group].mean() - said[group].mean()) < 0.05
    sure = said >= 0.9
    assert right[sure].mean() >= 0.9


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=30, max_size=80))
def test_it_rises_and_stays_a_probability(joints: list[tuple[float, bool]]) -> None:
    confidence = np.array([c for c, _ in joints], np.float32)
    try:
        calibration = fit(confidence, np.array([r for _, r in joints]))
    except ThenarError:
        assert np.ptp(confidence) < 1
        return
    said = calibration(np.linspace(-1, 2, 50).astype(np.float32))
    assert (np.diff(said) >= 0).all() and said.min() >= 0 and said.max() <= 1


def test_it_is_written_and_read(tmp_path: Path) -> None:
    calibration = fit(*drawn(2))
    write_calibration(tmp_path / "calibration.json", calibration)
    assert read_calibration(tmp_path / "calibration.json") == calibration
    assert read_calibration(tmp_path / "absent.json") is IDENTITY
    np.testing.assert_array_equal(IDENTITY(np.float32([0, 0.3, 1])), np.float32([0, 0.3, 1]))


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[" * 100_000, '{"raw": [0, 1], "probability": [1, 0]}', '{"raw": [0], "probability": [0]}',
        '{"raw": [1, 0], "probability": [0, 1]}', '{"raw": [0, 1], "probability": [0, 1, 1]}',
        '{"raw": [0, 1], "probability": [0, 2]}', '{"raw": [0, NaN], "probability": [0, 1]}', '{"raw": 3}', "\0",
    ],
)  # fmt: skip
def test_another_file_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(ThenarError, match=r"calibration\.json: is no calibration"):
        read_calibration(path)


def test_confidence_that_says_nothing_is_one_line() -> None:
    with pytest.raises(ThenarError, match="same everywhere"):
        fit(np.full(100, 0.5, np.float32), np.arange(100) % 2 == 0)


def test_raw_confidence_is_found_again_from_what_it_is_worth() -> None:
    calibration = Calibration((0.3, 0.5, 0.6), (0.2, 0.8, 0.9))
    for raw in (0.3, 0.4, 0.55, 0.6):
        assert calibration.raw_of(float(calibration(np.float32(raw)))) == pytest.approx(raw, abs=1e-6)
    assert calibration.raw_of(0.0) == 0.0
    assert calibration.raw_of(0.1) == pytest.approx(0.15)
    assert IDENTITY.raw_of(0.4) == pytest.approx(0.4)


def test_knots_must_rise() -> None:
    with pytest.raises(ThenarError, match="do not rise"):
        Calibration((0.0, 0.0), (0.0, 1.0))
