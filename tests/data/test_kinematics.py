"""Angles to joints: axes turn the right way, bones keep their lengths, composition matches SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from thenar.data import kinematics, mesh
from thenar.hand.skeleton import BONES, FINGERS, MCPS, PARENTS, TIPS

HAND = mesh.load()
ANGLES = arrays(np.float32, (21, 3), elements=st.floats(-2.0, 2.0, width=32))
FLEX, ABDUCT, TWIST = 0, 1, 2
PALM, BACK, THUMB_SIDE, UP = np.array([0, 0, -1]), np.array([0, 0, 1]), np.array([1, 0, 0]), np.array([0, -1, 0])


def posed(*turns: tuple[int, int, float]) -> tuple[np.ndarray, np.ndarray]:
    """Rotations and joints after turning (joint, axis, degrees) each."""
    angles = np.zeros((21, 3), np.float32)
    for joint, axis, degrees in turns:
        angles[joint, axis] = np.radians(degrees)
    return kinematics.forward(HAND.joints, HAND.axes, angles)


def test_zero_angles_are_the_rest_pose() -> None:
    rotations, positions = posed()
    assert np.allclose(rotations, np.eye(3), atol=1e-6)
    assert np.allclose(positions, HAND.joints, atol=1e-4)


@given(ANGLES)
def test_bones_keep_their_lengths_and_rotations_stay_rotations(angles: np.ndarray) -> None:
    rotations, positions = kinematics.forward(HAND.joints, HAND.axes, angles)
    for parent, child in BONES:
        rest = np.linalg.norm(HAND.joints[child] - HAND.joints[parent])
        assert np.linalg.norm(positions[child] - positions[parent]) == pytest.approx(rest, abs=0.01)
    assert np.allclose(rotations @ rotations.transpose(0, 2, 1), np.eye(3), atol=1e-4)
    assert np.allclose(rotations[kinematics.FOREARM], np.eye(3))
    assert np.allclose(positions[0], HAND.joints[0])


@given(ANGLES)
def test_forward_is_what_scipy_composes(angles: np.ndarray) -> None:
    rotations, positions = kinematics.forward(HAND.joints, HAND.axes, angles)
    world: list[Rotation] = []
    where = HAND.joints.astype(np.float64)
    for joint, parent in enumerate(PARENTS):
        local = Rotation.identity()
        for axis in (FLEX, ABDUCT, TWIST):
            local = local * Rotation.from_rotvec(HAND.axes[joint, axis].astype(np.float64) * angles[joint, axis])
        world.append(local if parent < 0 else world[parent] * local)
        if parent >= 0:
            where[joint] = where[parent] + world[parent].apply(HAND.joints[joint] - HAND.joints[parent])
        assert np.allclose(rotations[joint], world[joint].as_matrix(), atol=2e-4)
    assert np.allclose(positions, where, atol=0.05)


@pytest.mark.parametrize("joint", [j for f in list(FINGERS.values())[1:] for j in f[:3]])
def test_fingers_flex_towards_the_palm(joint: int) -> None:
    _, positions = posed((joint, FLEX, 30))
    tip = FINGERS[next(f for f in FINGERS if joint in FINGERS[f])][3]
    assert (positions[tip] - HAND.joints[tip]) @ PALM > 5


@pytest.mark.parametrize("mcp", MCPS)
def test_fingers_abduct_towards_the_thumb(mcp: int) -> None:
    _, positions = posed((mcp, ABDUCT, 15))
    move = positions[mcp + 3] - HAND.joints[mcp + 3]
    assert move @ THUMB_SIDE > 10
    assert abs(move @ BACK) < 5


@pytest.mark.parametrize(
    ("axis", "degrees", "towards"),
    [(FLEX, 40, PALM), (FLEX, -40, BACK), (ABDUCT, 15, THUMB_SIDE), (ABDUCT, -25, -THUMB_SIDE)],
)
def test_wrist_moves_the_hand_and_not_the_forearm(axis: int, degrees: float, towards: np.ndarray) -> None:
    rotations, positions = posed((0, axis, degrees))
    assert (positions[12] - HAND.joints[12]) @ towards > 40
    assert np.allclose(rotations[kinematics.FOREARM], np.eye(3))


@pytest.mark.parametrize(
    ("turns", "towards"),
    [
        ([(1, FLEX, 30)], -THUMB_SIDE),  # across the palm
        ([(1, ABDUCT, 30)], PALM),  # away from the palm
        ([(2, FLEX, 30)], -THUMB_SIDE),
        ([(3, FLEX, 30)], -THUMB_SIDE),
    ],
)
def test_thumb_goes_where_a_thumb_goes(turns: list[tuple[int, int, float]], towards: np.ndarray) -> None:
    _, positions = posed(*turns)
    move = positions[4] - HAND.joints[4]
    assert move @ towards > 0.6 * np.linalg.norm(move)


def test_thumb_flexes_in_the_palms_plane_and_abducts_out_of_it() -> None:
    _, flexed = posed((1, FLEX, 30))
    _, abducted = posed((1, ABDUCT, 30))
    for positions, in_plane in ((flexed, True), (abducted, False)):
        move = positions[4] - HAND.joints[4]
        assert (abs(move @ BACK) < 0.4 * np.linalg.norm(move)) == in_plane


def test_negative_twist_turns_the_thumbs_pad_to_the_fingers() -> None:
    pad = -HAND.axes[3, ABDUCT]
    rotations, _ = posed((1, ABDUCT, 40), (1, TWIST, -25))
    without, _ = posed((1, ABDUCT, 40))
    assert (rotations[3] @ pad) @ BACK > (without[3] @ pad) @ BACK + 0.2


def test_a_fist_closes_on_the_palm_with_fingers_side_by_side() -> None:
    turns = [(j + k, FLEX, d) for j in MCPS for k, d in enumerate((90, 100, 70))]
    _, positions = posed(*turns)
    tips = positions[list(TIPS[1:])]
    assert (tips[:, 2] < -4).all() and (tips[:, 2] > -32).all()  # before the palm, close to it
    assert (tips[:, 1] > positions[list(MCPS), 1]).all()  # and below the knuckles
    gaps = -np.diff(tips[:, 0])
    assert (gaps > 9).all() and (gaps < 26).all()


def test_thumb_reaches_the_little_fingers_tip() -> None:
    turns = [(1, FLEX, 40), (1, ABDUCT, 40), (1, TWIST, -20), (2, FLEX, 35), (3, FLEX, 15)]
    turns += [(17, FLEX, 70), (18, FLEX, 50), (19, FLEX, 30), (17, ABDUCT, 8)]
    _, positions = posed(*turns)
    assert np.linalg.norm(positions[4] - positions[20]) < 30


def test_place_moves_joints_and_rotations_by_one_rigid_map() -> None:
    rng = np.random.default_rng(0)
    view = Rotation.random(random_state=1).as_matrix().astype(np.float32)
    origin = np.array([10, -20, 500], np.float32)
    rotations, positions = kinematics.forward(
        HAND.joints, HAND.axes, rng.uniform(-0.5, 0.5, (21, 3)).astype(np.float32)
    )
    turned, moved = kinematics.place(rotations, positions, view, origin)
    assert np.allclose(moved, positions @ view.T + origin, atol=1e-3)
    assert np.allclose(turned, view @ rotations, atol=1e-5)
