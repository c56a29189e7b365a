from __future__ import annotations

import numpy as np
import pytest

from thenar.live.hand_filter import GateConfig, GatedFilter, HandFilter
from thenar.live.steadiness import jitter_mm, lag_ms

FPS = 30.0
TIMES = np.arange(120) / FPS


def run(filtered, track, times=TIMES):
    return np.stack([filtered(frame.astype(np.float32), float(time)) for frame, time in zip(track, times, strict=True)])


def noise(scale: float = 1.0, frames: int = 120, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, (frames, 21, 3))


HAND = np.random.default_rng(9).normal((0, 0, 500), 50, (21, 3))


@pytest.mark.parametrize("scale", [0.5, 2.0, 4.0])
def test_a_resting_hand_is_told_at_rest_however_noisy(scale: float) -> None:
    told = run(HandFilter(), HAND + noise(scale))
    assert jitter_mm(told[30:]) < 0.2 * scale


@pytest.mark.parametrize("fps", [30.0, 60.0, 90.0])
def test_a_hand_at_a_metre_a_second_is_told_in_time(fps: float) -> None:
    times = np.arange(round(4 * fps)) / fps
    way = 150 * np.sin(times * 1000 / 150)[:, None, None] * np.array([1.0, 0, 0])
    truth = HAND + way
    told = run(HandFilter(), truth + noise(1.5, len(times)), times)
    assert abs(lag_ms(told, truth, times)) < 15


def test_noise_free_rest_passes_and_a_step_is_reached() -> None:
    track = np.repeat(HAND[None], 60, axis=0)
    np.testing.assert_allclose(run(HandFilter(), track, TIMES[:60]), track, atol=1e-3)
    track[30:] += (40, 0, 0)
    told = run(HandFilter(), track, TIMES[:60])
    assert np.abs(told[36] - track[36]).max() < 2


def test_at_rest_it_begins_with_the_mean_of_what_it_saw() -> None:
    points = np.random.default_rng(1).normal(0, 1, (6, 4, 3))
    told = run(GatedFilter(GateConfig(rest_hz=1e-6, beta_hz_per_mm_s=0.0)), points, TIMES[:6])
    means = np.cumsum(points, axis=0) / np.arange(1, 7)[:, None, None]
    np.testing.assert_allclose(told, means, atol=1e-5)


def test_it_turns_and_moves_with_the_axes() -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    track = HAND + noise() + 100 * np.sin(5 * TIMES)[:, None, None] * np.array([1.0, 0.5, 0])
    told = run(HandFilter(), track)
    np.testing.assert_allclose(run(HandFilter(), track @ turn + 70), told @ turn + 70, atol=2e-3)


def test_one_finger_that_moves_leaves_the_others_at_rest() -> None:
    moves = np.zeros((120, 21, 3))
    moves[60:, 8] = (0, 60, 0)
    told = run(HandFilter(), HAND + moves + noise(0.5))
    assert np.linalg.norm(told[70, 8] - HAND[8] - (0, 60, 0)) < 4
    assert jitter_mm(told[80:, 9:]) < 0.2


@pytest.mark.parametrize("time_s", [1.0, 0.5, 1.5])
def test_time_that_does_not_advance_or_leaps_restarts(time_s: float) -> None:
    filtered = HandFilter()
    filtered(HAND.astype(np.float32), 1.0)
    other = (HAND + 300).astype(np.float32)
    np.testing.assert_allclose(filtered(other, time_s), other, atol=1e-3)


def test_after_a_reset_nothing_is_remembered() -> None:
    filtered = HandFilter()
    run(filtered, HAND + noise())
    filtered.reset()
    other = (HAND + 300).astype(np.float32)
    np.testing.assert_allclose(filtered(other, 99.0), other, atol=1e-3)
