"""Skinning: the compiled loop is the formula, and flesh stays on its bones."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from thenar.data import kinematics, mesh, shapes, skin
from thenar.hand.skeleton import FINGERS, PARENTS

HAND = mesh.load()
SHAPED = shapes.apply(HAND, shapes.sample(np.random.default_rng(5)))


def skinned(hand: shapes.ShapedHand, rotations: np.ndarray, positions: np.ndarray) -> np.ndarray:
    out = np.empty_like(hand.vertices)
    skin.skin(hand.vertices, hand.joints, HAND.weights, HAND.weight_joints, rotations, positions, out)
    return out


def naive(hand: shapes.ShapedHand, rotations: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The formula by SciPy's rotations and NumPy's indexing."""
    above, below = Rotation.from_matrix(rotations[[21, *PARENTS[1:]]]), Rotation.from_matrix(rotations[:21])
    halves = above * Rotation.from_rotvec((above.inv() * below).as_rotvec() / 2)
    turns = np.concatenate([rotations, halves.as_matrix()])
    joints = [*range(21), 0, *range(21)]
    moved = np.einsum("kij,vkj->vki", turns, hand.vertices[:, None] - hand.joints[joints]) + positions[joints]
    picked = np.take_along_axis(moved, HAND.weight_joints[:, :, None].astype(np.int64), axis=1)
    return (HAND.weights[:, :, None] * picked).sum(axis=1)


def random_angles(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.3, 1.2, (21, 3)).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_skin_is_the_formula(seed: int) -> None:
    rotations, positions = kinematics.forward(SHAPED.joints, SHAPED.axes, random_angles(seed))
    assert np.allclose(skinned(SHAPED, rotations, positions), naive(SHAPED, rotations, positions), atol=2e-3)


def test_rest_pose_gives_the_rest_surface() -> None:
    rotations, positions = kinematics.forward(SHAPED.joints, SHAPED.axes, np.zeros((21, 3), np.float32))
    assert np.allclose(skinned(SHAPED, rotations, positions), SHAPED.vertices, atol=1e-3)


def test_out_may_be_the_vertices_themselves() -> None:
    rotations, positions = kinematics.forward(SHAPED.joints, SHAPED.axes, random_angles(1))
    expected = skinned(SHAPED, rotations, positions)
    here = SHAPED.vertices.copy()
    skin.skin(here, SHAPED.joints, HAND.weights, HAND.weight_joints, rotations, positions, here)
    assert np.array_equal(here, expected)


def test_a_placed_hand_is_the_posed_hand_moved() -> None:
    rotations, positions = kinematics.forward(SHAPED.joints, SHAPED.axes, random_angles(2))
    view = Rotation.random(random_state=3).as_matrix().astype(np.float32)
    origin = np.array([30, -40, 600], np.float32)
    placed = skinned(SHAPED, *kinematics.place(rotations, positions, view, origin))
    assert np.allclose(placed, skinned(SHAPED, rotations, positions) @ view.T + origin, atol=2e-3)


@pytest.mark.parametrize("seed", range(5))
def test_skin_moves_with_the_joints_of_forward(seed: int) -> None:
    """A point of a segment's rigid flesh keeps its place relative to that segment's joint."""
    rotations, positions = kinematics.forward(SHAPED.joints, SHAPED.axes, random_angles(seed))
    surface = skinned(SHAPED, rotations, positions)
    for joint in (j for f in FINGERS.values() for j in f[:3]):
        rigid = (HAND.weight_joints[:, 0] == joint) & (HAND.weights[:, 0] > 0.999)
        local = (surface[rigid] - positions[joint]) @ rotations[joint]
        assert np.allclose(local, SHAPED.vertices[rigid] - SHAPED.joints[joint], atol=5e-3)


def test_a_left_hand_is_the_mirror_image() -> None:
    """Mirroring model and turning the other way about x-odd axes equals mirroring the result."""
    angles = random_angles(7) * 0.6
    mirror = np.array([-1, 1, 1], np.float32)
    rotations, positions = kinematics.forward(SHAPED.joints, SHAPED.axes, angles)
    left = shapes.ShapedHand(
        SHAPED.vertices * mirror,
        SHAPED.joints * mirror,
        -SHAPED.axes * mirror,  # an axis is a pseudovector
    )
    rotations_left, positions_left = kinematics.forward(left.joints, left.axes, angles)
    assert np.allclose(positions_left, positions * mirror, atol=1e-2)
    assert np.allclose(
        skinned(left, rotations_left, positions_left), skinned(SHAPED, rotations, positions) * mirror, atol=1e-2
    )


@pytest.mark.parametrize(
    ("joint", "degrees", "kept"),
    [(6, 100, 0.88), (10, 100, 0.88), (7, 70, 0.92), (5, 90, 0.75), (3, 70, 0.92), (0, 60, 0.94)],
)
def test_the_back_of_a_bent_joint_does_not_cave_in(joint: int, degrees: float, kept: float) -> None:
    """Skin over a joint keeps its distance from the joint's hinge; without half turns a PIP keeps 64 % of it."""
    angles = np.zeros((21, 3), np.float32)
    angles[joint, 0] = np.radians(degrees)
    rotations, positions = kinematics.forward(HAND.joints, HAND.axes, angles)
    bent = skinned(shapes.ShapedHand(HAND.template, HAND.joints, HAND.axes), rotations, positions)
    flex, back, along = HAND.axes[joint]
    offset = HAND.template - HAND.joints[joint]
    over = (abs(offset @ along) < 5) & (offset @ back > 3) & (np.linalg.norm(offset, axis=1) < 25)

    def reach(points: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm(np.cross(points[over], flex), axis=1))

    assert over.sum() >= 4
    assert (reach(bent - positions[joint]) / reach(offset)).min() > kept


def test_skin_is_fast_enough_to_leave_the_budget_to_others() -> None:
    rotations, positions = kinematics.forward(SHAPED.joints, SHAPED.axes, random_angles(0))
    skinned(SHAPED, rotations, positions)
    out = np.empty_like(SHAPED.vertices)
    best = np.inf
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(20):
            skin.skin(SHAPED.vertices, SHAPED.joints, HAND.weights, HAND.weight_joints, rotations, positions, out)
        best = min(best, (time.perf_counter() - start) / 20)
    assert best < 200e-6  # 12 microseconds on an idle core; the slack is for busy machines
