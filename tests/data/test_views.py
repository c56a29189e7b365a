from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import DORSAL, PROXIMAL, RADIAL, stick_hand

from thenar.data import gestures, mesh, views
from thenar.data.kinematics import forward

LEFT, RIGHT, UP, DOWN, NEAR, FAR = np.array(
    [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)], dtype=float
)
"""Camera frame: x right, y down, z forward, away from the camera."""


@pytest.mark.parametrize(
    ("view", "fingers", "palm", "thumb"),
    [
        ((0, 0, 0), UP, NEAR, RIGHT),
        ((180, 0, 0), UP, FAR, LEFT),
        ((90, 0, 0), UP, LEFT, NEAR),
        ((0, 90, 0), NEAR, DOWN, RIGHT),
        ((0, -90, 0), FAR, UP, RIGHT),
        ((0, 0, 90), RIGHT, NEAR, DOWN),
        ((180, 90, 0), NEAR, UP, LEFT),
    ],
)
def test_axes(view: tuple[float, float, float], fingers: np.ndarray, palm: np.ndarray, thumb: np.ndarray) -> None:
    turn = views.rotation(*view)
    assert np.allclose(turn @ -PROXIMAL, fingers, atol=1e-6)
    assert np.allclose(turn @ -DORSAL, palm, atol=1e-6)
    assert np.allclose(turn @ RADIAL, thumb, atol=1e-6)


def test_unturned_right_hand_in_the_image() -> None:
    """Own right hand held up, palm to the eyes: fingers above the wrist, thumb on the right."""
    joints, _ = stick_hand()
    seen = joints @ views.rotation(0, 0, 0).T
    assert seen[12, 1] < seen[0, 1]
    assert seen[4, 0] > seen[5, 0] > seen[17, 0]


def test_unturned_hand_model_in_the_image() -> None:
    """The mesh itself, not the sticks: wrist below the fingertips, thumb right, fingers curl to the camera."""
    hand = mesh.load()
    straight = hand.joints @ views.rotation(0, 0, 0).T
    assert straight[12, 1] < straight[9, 1] < straight[0, 1]
    assert straight[4, 0] > straight[8, 0] > straight[12, 0] > straight[16, 0] > straight[20, 0]
    curled = forward(hand.joints, hand.axes, gestures.GESTURES["cup"])[1] @ views.rotation(0, 0, 0).T
    assert (curled[[8, 12, 16, 20], 2] < straight[[8, 12, 16, 20], 2] - 40).all()
    forearm = hand.template[hand.weight_joints[:, 0] == 21] @ views.rotation(0, 0, 0).T
    assert np.median(forearm[:, 1]) > 40


@given(st.floats(-179, 179), st.floats(-89, 89), st.floats(-179, 179))
def test_angles_come_back(yaw: float, pitch: float, roll: float) -> None:
    assert np.allclose(views.angles(views.rotation(yaw, pitch, roll)), (yaw, pitch, roll), atol=0.02)


def test_samples_are_rotations_that_reach_everywhere() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([views.sample(rng) for _ in range(4000)], dtype=float)
    assert np.allclose(drawn @ drawn.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.allclose(np.linalg.det(drawn), 1, atol=1e-5)
    yaw, pitch, roll = np.array([views.angles(r) for r in drawn]).T
    assert np.histogram(roll, 12, (-180, 180))[0].min() > 240  # even: 333 each
    assert 0.1 < np.mean(np.abs(yaw) > 110) < 0.4  # the back of the hand
    assert np.mean(pitch > 65) > 0.05  # fingers at the lens
    assert pitch.min() > -90.1 and np.mean(pitch < -60) > 0.005


def test_recorded_pitch_is_the_recordings(shared_data: object) -> None:
    """The first part of the pitch mixture is the MSRA15 distribution, quantile by quantile, a little wider."""
    recorded = np.load(f"{shared_data}/poses/msra_view_angles.npz")["yaw_pitch_deg"][:, 1]
    _, mean, deviation = views.RECORDED_PITCH_DEG[0]
    rng = np.random.default_rng(1)
    ours = rng.normal(mean, deviation, 20000)
    at = [5, 25, 50, 75, 95]
    assert np.allclose(np.percentile(recorded, at), np.percentile(ours, at), atol=4)


def test_uniform_keeps_to_its_angles_and_tells_them() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        view, yaw, pitch = views.uniform(rng, 75)
        assert abs(yaw) <= 75 and abs(pitch) <= 75
        assert np.allclose(views.angles(view)[:2], (yaw, pitch), atol=0.01)
