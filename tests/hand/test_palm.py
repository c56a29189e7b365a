import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.errors import ThenarError
from thenar.hand.articulation import articulation
from thenar.hand.palm import palm_axes, palm_normal, to_world, wrist_relative
from thenar.hand.skeleton import FINGERS

FLAT = np.zeros((21, 3), np.float32)
"""A right hand before the camera, fingers up, palm to the camera: the thumb is on the image's right."""
for finger, x in (("thumb", 60), ("index", 30), ("middle", 10), ("ring", -10), ("little", -30)):
    FLAT[list(FINGERS[finger]), 0] = x
    FLAT[list(FINGERS[finger]), 1] = np.array((-20, -50, -75, -95) if finger == "thumb" else (-90, -130, -155, -175))
FLAT[:, 2] = 500


def rotated(rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def test_a_palm_that_faces_the_camera() -> None:
    np.testing.assert_allclose(palm_axes(FLAT, "right"), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(palm_normal(FLAT, "right"), (0, 0, -1), atol=1e-6)


@given(st.integers(0, 10_000))
def test_a_hand_and_its_mirror_image_look_alike_in_their_own_axes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    joints = (FLAT + rng.normal(0, 5, FLAT.shape)) @ rotated(rng).T
    mirrored = joints * (-1, 1, 1)
    np.testing.assert_allclose(wrist_relative(joints, "right"), wrist_relative(mirrored, "left"), atol=1e-2)
    one, other = articulation(joints, "right"), articulation(mirrored, "left")
    np.testing.assert_allclose(one.flexion, other.flexion, atol=1e-3)
    np.testing.assert_allclose(one.abduction, other.abduction, atol=1e-3)


def test_a_flat_hand_is_straight_and_a_bent_joint_is_measured() -> None:
    flat = articulation(FLAT, "right")
    np.testing.assert_allclose(flat.flexion, 0, atol=1e-5)
    bent = FLAT.copy()
    bend = np.radians(60)
    tip = FINGERS["index"][3]
    bent[tip] = bent[tip - 1] + 20 * np.array((0, -np.cos(bend), -np.sin(bend)))
    angles = articulation(bent, "right").flexion
    assert angles[1, 2] == pytest.approx(bend, abs=1e-4)
    assert articulation(bent, "right").reach[1] < 1


def test_to_the_world_and_back() -> None:
    rng = np.random.default_rng(3)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotated(rng), (100, -200, 900)
    there = to_world(FLAT, pose)
    np.testing.assert_allclose(to_world(there, np.linalg.inv(pose)), FLAT, atol=1e-2)
    with pytest.raises(ThenarError, match="not rigid"):
        to_world(FLAT, np.eye(4) * 2)


@pytest.mark.parametrize(("joints", "side", "word"), [(FLAT[:20], "right", "20"), (FLAT, "", "side")])
def test_what_is_no_hand_is_refused(joints: np.ndarray, side: str, word: str) -> None:
    with pytest.raises(ThenarError, match=word):
        palm_axes(joints, side)
