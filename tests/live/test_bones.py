from __future__ import annotations

import numpy as np
import pytest
from doubles import open_hand
from hypothesis import given, settings
from hypothesis import strategies as st

from thenar.hand.skeleton import BONES
from thenar.live.bones import BoneConfig, BoneLengths, lengths_mm, with_lengths

HAND = open_hand()
SURE = np.ones(21, np.float32)
seeds = st.integers(0, 2**32 - 1)


def noisy(seed: int, mm: float = 4.0) -> np.ndarray:
    return (HAND + np.random.default_rng(seed).normal(0, mm, HAND.shape)).astype(np.float32)


def turned(joints: np.ndarray, seed: int) -> np.ndarray:
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return (joints @ q.T).astype(np.float32)


@given(seeds)
def test_bones_come_nearer_to_their_lengths_and_the_hand_stays_where_it_is(seed: int) -> None:
    wanted, joints = lengths_mm(HAND), noisy(seed)
    fitted = with_lengths(joints, wanted, sweeps=3)
    assert np.abs(lengths_mm(fitted) - wanted).mean() < 0.6 * np.abs(lengths_mm(joints) - wanted).mean()
    np.testing.assert_allclose(fitted.mean(axis=0), joints.mean(axis=0), atol=1e-3)


@given(seeds)
def test_a_hand_that_has_its_lengths_is_left_alone(seed: int) -> None:
    joints = noisy(seed)
    np.testing.assert_allclose(with_lengths(joints, lengths_mm(joints), sweeps=5), joints, atol=1e-3)


@given(seeds)
def test_how_the_hand_is_turned_changes_nothing(seed: int) -> None:
    wanted = lengths_mm(HAND) * np.float32(1.1)
    one, other = with_lengths(turned(HAND, seed), wanted, 3), turned(with_lengths(HAND, wanted, 3), seed)
    np.testing.assert_allclose(one, other, atol=1e-2)


def test_joints_in_one_place_do_no_harm() -> None:
    assert np.isfinite(with_lengths(np.full((21, 3), 500, np.float32), lengths_mm(HAND), 3)).all()


@settings(max_examples=20)
@given(seeds)
def test_lengths_are_learned_whatever_a_few_frames_say(seed: int) -> None:
    bones, rng = BoneLengths(BoneConfig(every=1)), np.random.default_rng(seed)
    for i in range(40):
        bones.learn(noisy(int(rng.integers(2**32)), 30.0 if i % 4 == 0 else 1.0), SURE)
    np.testing.assert_allclose(bones.learned_mm, lengths_mm(HAND), atol=3)


def test_noise_gets_less_and_the_true_hand_is_nearer() -> None:
    bones = BoneLengths()
    for i in range(120):
        bones.learn(noisy(i), SURE)
    before = [np.linalg.norm(noisy(i) - HAND, axis=1).mean() for i in range(500, 540)]
    after = [np.linalg.norm(bones.fit(noisy(i)) - HAND, axis=1).mean() for i in range(500, 540)]
    assert np.mean(after) < 0.95 * np.mean(before)


def test_trust_grows_with_what_was_seen() -> None:
    bones, long = BoneLengths(BoneConfig(every=1)), HAND * np.float32(1.2)
    moved = [0.0]
    np.testing.assert_array_equal(bones.fit(HAND), HAND)
    for _ in range(12):
        bones.learn(long, SURE)
        moved.append(float(np.linalg.norm(bones.fit(HAND) - HAND)))
    assert np.all(np.diff(moved) > 0)


@pytest.mark.parametrize("doubtful", [0, 8])
def test_a_bone_of_a_doubtful_joint_is_not_learned(doubtful: int) -> None:
    bones, confidence = BoneLengths(), SURE.copy()
    confidence[doubtful] = 0.3
    bones.learn(HAND, confidence)
    unknown = {bone for bone, mm in zip(BONES, bones.learned_mm, strict=True) if np.isnan(mm)}
    assert unknown == {bone for bone in BONES if doubtful in bone}
    assert np.isfinite(bones.fit(HAND)).all()
