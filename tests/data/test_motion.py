from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.data import gestures, motion, poses
from thenar.data.contact import depth_mm
from thenar.data.kinematics import forward
from thenar.data.limits import within
from thenar.errors import ThenarError

HAND = poses.reference_hand()
FPS = 60.0


@pytest.fixture(scope="module")
def long() -> motion.Motion:
    return motion.sequence(3, 1800, FPS, hand=HAND)


def test_shapes(long: motion.Motion) -> None:
    assert len(long) == len(long.names) == 1800
    assert long.angles.shape == (1800, 21, 3) and long.angles.dtype == np.float32
    assert long.views.shape == (1800, 3, 3)
    assert long.centers_mm.shape == (1800, 3)
    assert np.allclose(np.diff(long.times_s), 1 / FPS)


def test_fingers_move_smoothly(long: motion.Motion) -> None:
    """Slower than 12 rad/s, and no jumps in speed: under 250 rad/s^2, a fast but human finger."""
    speed = np.diff(long.angles, axis=0) * FPS
    assert np.abs(speed).max() < 12
    assert np.abs(np.diff(speed, axis=0)).max() * FPS < 250


def test_the_hand_drifts_smoothly(long: motion.Motion) -> None:
    assert np.linalg.norm(np.diff(long.centers_mm, axis=0), axis=1).max() * FPS < 500  # mm/s
    turned = np.einsum("tij,tkj->tik", long.views[1:], long.views[:-1])
    angle = np.arccos(np.clip((np.trace(turned, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert angle.max() * FPS < np.radians(300)


def test_every_frame_is_a_pose_of_a_hand(long: motion.Motion) -> None:
    assert all(within(angles) for angles in long.angles)
    deepest = [depth_mm(forward(*HAND, angles)[1]) for angles in long.angles]
    assert np.mean(np.array(deepest) > 1.0) < 0.02
    assert max(deepest) < 5


def test_named_frames_hold_their_gesture() -> None:
    made = motion.sequence(1, 200, names=["open", "point"], hand=HAND)
    assert set(made.names) == {"open", "point", ""}
    for name, angles in zip(made.names, made.angles, strict=True):
        if name:
            assert np.allclose(angles[1:], gestures.GESTURES[name][1:], atol=1e-6)


def test_it_stays_where_it_was_told_to() -> None:
    made = motion.sequence(2, 300, center_mm=(10, -20, 400), reach_mm=(30, 20, 50), hand=HAND)
    assert (np.abs(made.centers_mm - (10, -20, 400)) <= (30.01, 20.01, 50.01)).all()


def test_same_seed_same_motion() -> None:
    first, again, other = (motion.sequence(seed, 40, hand=HAND) for seed in (4, 4, 5))
    assert np.array_equal(first.angles, again.angles) and np.array_equal(first.views, again.views)
    assert not np.array_equal(first.centers_mm, other.centers_mm)


@given(st.lists(st.floats(-1, 2), min_size=2, max_size=9))
def test_minimum_jerk_goes_from_0_to_1_and_never_back(shares: list[float]) -> None:
    moved = motion.minimum_jerk(np.sort(shares))
    assert (np.diff(moved) >= -1e-12).all() and (moved >= 0).all() and (moved <= 1).all()
    assert motion.minimum_jerk(np.array([0.0, 0.5, 1.0])) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(("frames", "names", "words"), [(0, None, "0 frames"), (9, ["fistt"], "unknown gesture")])
def test_what_cannot_be_made_is_said(frames: int, names: list[str] | None, words: str) -> None:
    with pytest.raises(ThenarError, match=words):
        motion.sequence(0, frames, names=names, hand=HAND)
