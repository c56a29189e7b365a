from __future__ import annotations

import numpy as np
import pytest
from rig import stick_hand

from thenar.data import gestures, poses
from thenar.data.contact import depth_mm
from thenar.data.heldout_poses import CELLS, cell, near_held_out_gesture
from thenar.data.kinematics import forward
from thenar.data.limits import within
from thenar.errors import ThenarError

HAND = stick_hand()
MCP, PIP, DIP = [5, 9, 13, 17], [6, 10, 14, 18], [7, 11, 15, 19]


@pytest.fixture(scope="module")
def training() -> np.ndarray:
    return poses.sample_many(11, 20000, False, "mixed", hand=HAND)


@pytest.fixture(scope="module")
def held_out() -> np.ndarray:
    return poses.sample_many(12, 5000, True, "mixed", hand=HAND)


@pytest.fixture(scope="module")
def random() -> np.ndarray:
    return poses.sample_many(13, 20000, None, "random", hand=HAND)


@pytest.mark.parametrize("which", ["training", "held_out", "random"])
def test_within_limits_and_free_of_contact(which: str, request: pytest.FixtureRequest) -> None:
    drawn = request.getfixturevalue(which)
    assert drawn.shape[1:] == (21, 3) and drawn.dtype == np.float32
    assert all(within(angles) for angles in drawn)
    assert all(depth_mm(forward(*HAND, angles)[1]) == 0 for angles in drawn)


def test_training_and_held_out_share_no_cell(training: np.ndarray, held_out: np.ndarray) -> None:
    assert not any(poses.is_held_out(angles) for angles in training)
    assert all(poses.is_held_out(angles) for angles in held_out)
    cells = {cell(angles) for angles in held_out if not near_held_out_gesture(angles)}
    assert not cells & {cell(angles) for angles in training}
    assert max(cells) < CELLS


def test_a_tenth_of_random_poses_is_held_out(random: np.ndarray) -> None:
    assert 0.07 < np.mean([poses.is_held_out(angles) for angles in random]) < 0.13


def test_fingers_are_coupled_but_not_one(random: np.ndarray) -> None:
    degrees = np.degrees(random)
    slope, _ = np.polyfit(degrees[:, PIP, 0].ravel(), degrees[:, DIP, 0].ravel(), 1)
    assert 0.5 < slope < 0.75
    together = np.corrcoef((degrees[:, MCP, 0] + degrees[:, PIP, 0]).T)
    assert together[1, 2] > together[0, 3] + 0.1  # neighbours more than index and little
    assert together[2, 3] > together[0, 1] - 0.05  # the ring is less free than the index
    assert 0.3 < together[0, 3] < 0.9


def test_every_finger_uses_its_range(random: np.ndarray) -> None:
    pip = np.degrees(random[:, PIP, 0])
    assert (np.percentile(pip, 5, axis=0) < 12).all() and (np.percentile(pip, 95, axis=0) > 85).all()
    assert len({cell(angles) for angles in random}) > CELLS // 3


def test_same_arguments_same_poses() -> None:
    first, again, other = (poses.sample_many(seed, 50, hand=HAND) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    one = poses.sample(np.random.default_rng(3), kind="gesture", hand=HAND)
    assert np.array_equal(one, poses.sample(np.random.default_rng(3), kind="gesture", hand=HAND))


def test_bank_poses_stay_near_the_bank() -> None:
    bank = gestures.GESTURES["cylinder"][None]
    drawn = poses.sample_many(1, 200, None, "bank", bank=bank, hand=HAND)
    assert np.abs(drawn[:, 1:, 0] - bank[:, 1:, 0]).max() < 0.6
    assert np.abs(drawn[:, 1:, 0] - bank[:, 1:, 0]).mean() < 0.08


@pytest.mark.parametrize(
    ("kind", "words"), [("bank", "no bank of recorded poses"), ("fists", "unknown kind of poses 'fists'")]
)
def test_what_cannot_be_drawn_is_said(kind: str, words: str) -> None:
    with pytest.raises(ThenarError, match=words):
        poses.sample_many(0, 1, kind=kind, hand=HAND)  # type: ignore[arg-type]


def test_a_bank_without_what_is_asked_for_gives_up() -> None:
    """A held-out gesture never becomes a pose for training."""
    bank = gestures.GESTURES["horns"][None]
    with pytest.raises(ThenarError, match="found only"):
        poses.sample_many(0, 20, False, "bank", bank=bank, hand=HAND)
