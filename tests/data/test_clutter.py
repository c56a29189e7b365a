"""Clutter stands where it may, hides little, is the same again from the same seed, and is never more than its table."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

pytest.importorskip("numba")

from rig import stick_hand
from scipy.spatial.transform import Rotation

from thenar.data import clutter, clutter_held, raster, shapes3d
from thenar.data.clutter import NONE, TRAIN, ClutterMix
from thenar.hand.skeleton import BONES

KINDS = [field.name for field in fields(ClutterMix)]
EVERYTHING = ClutterMix(*[1.0] * len(KINDS))
SCENES = 60
SIZE = 120


def only(kind: str) -> ClutterMix:
    return replace(NONE, **{kind: 1.0})


def scene(seed: int) -> tuple[np.ndarray, np.ndarray, tuple[float, ...]]:
    """Joints of a half open hand, its forearm's direction, and the lens of a window of 340 mm around it."""
    rng = np.random.default_rng(seed)
    joints = stick_hand()[0].astype(float)
    for finger in range(1, 5):
        curl = rng.uniform(0, 1.2)
        for j in range(4 * finger + 2, 4 * finger + 5):
            bend = Rotation.from_euler("x", curl * (j - 4 * finger - 1)).as_matrix()
            joints[j] = joints[j - 1] + bend @ (0, -(45, 28, 23)[j - 4 * finger - 2], 0)
    turn = Rotation.random(random_state=seed).as_matrix()
    z = rng.uniform(350, 900)
    joints = (joints @ turn.T + (rng.uniform(-100, 100), rng.uniform(-80, 80), z)).astype(np.float32)
    f = SIZE / 340 * z
    center = joints.mean(axis=0)
    lens = (f, f, SIZE / 2 - f * center[0] / center[2], SIZE / 2 - f * center[1] / center[2])
    return joints, turn[:, 1].astype(np.float32), lens


def stick_window(joints: np.ndarray, lens: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A hand of sticks, drawn."""
    table = np.zeros((len(BONES), shapes3d.COLUMNS), np.float32)
    for row, (a, b) in zip(table, BONES, strict=True):
        shapes3d.round_cone(row, raster.HAND, joints[a], joints[b], 9, 8)
    depth, ids = raster.window(SIZE, SIZE)
    shapes3d.draw(depth, ids, table, *lens)
    return depth, ids


def hidden(kind: str) -> np.ndarray:
    """(SCENES,): how many joints a kind of clutter hides that the hand itself didn't."""
    counts = []
    for seed in range(SCENES):
        joints, forearm, lens = scene(seed)
        depth, ids = stick_window(joints, lens)
        fx, fy, cx, cy = lens
        uvz = np.stack(
            [joints[:, 0] * fx / joints[:, 2] + cx, joints[:, 1] * fy / joints[:, 2] + cy, joints[:, 2]], axis=-1
        )
        before = raster.visible(depth, ids, uvz)
        clutter.draw(depth, ids, *lens, clutter.plan(np.random.default_rng(seed), joints, forearm, only(kind)))
        counts.append((before & ~raster.visible(depth, ids, uvz)).sum())
    return np.array(counts)


@pytest.mark.parametrize("mix", [TRAIN, EVERYTHING])
def test_the_same_seed_gives_the_same_scene(mix: ClutterMix) -> None:
    joints, forearm, lens = scene(3)
    drawn = []
    for _ in range(2):
        depth, ids = raster.window(SIZE, SIZE)
        clutter.draw(depth, ids, *lens, clutter.plan(np.random.default_rng(7), joints, forearm, mix))
        drawn.append((depth, ids))
    np.testing.assert_array_equal(drawn[0], drawn[1])
    other = clutter.plan(np.random.default_rng(8), joints, forearm, mix).shapes
    assert not np.array_equal(other, clutter.plan(np.random.default_rng(7), joints, forearm, mix).shapes)


def test_none_is_nothing() -> None:
    joints, forearm, _ = scene(0)
    assert clutter.plan(np.random.default_rng(0), joints, forearm, NONE).shapes.shape == (0, shapes3d.COLUMNS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_draws_itself_alone(kind: str) -> None:
    names: set[str] = set()
    for seed in range(SCENES):
        joints, forearm, _ = scene(seed)
        plan = clutter.plan(np.random.default_rng(seed), joints, forearm, only(kind))
        assert np.isfinite(plan.shapes).all()
        names |= set(plan.names())
    assert names == {{"things": "thing", "second_hand": "second hand"}.get(kind, kind)}


def test_a_full_table_holds_everything() -> None:
    """Past its last row a table is not written to, or this would crash or be wrong; and it isn't larger than needed."""
    most = 0
    for seed in range(400):
        joints, forearm, _ = scene(seed)
        plan = clutter.plan(np.random.default_rng(seed), joints, forearm, EVERYTHING)
        assert len(plan.shapes) <= clutter._MAX_SHAPES
        most = max(most, len(plan.shapes))
    assert most >= clutter._MAX_SHAPES - 1


@pytest.mark.parametrize("kind", ["body", "surface", "wall", "things"])
def test_what_stands_behind_hides_no_joint(kind: str) -> None:
    counts = hidden(kind)
    assert counts.sum() <= 0.005 * 21 * SCENES


@pytest.mark.parametrize(
    ("kind", "scenes", "joints"), [("sleeve", 0.35, 4), ("held", 0.7, 9), ("second_hand", 0.6, 10), ("cable", 0.45, 7)]
)
def test_what_comes_before_hides_some_joints_of_some_hands(kind: str, scenes: float, joints: int) -> None:
    counts = hidden(kind)
    assert 0 < (counts > 0).mean() <= scenes
    assert counts.max() <= joints


def test_held_things_leave_the_bones_alone() -> None:
    held = 0
    for seed in range(200):
        joints, forearm, _ = scene(seed)
        plan = clutter.plan(np.random.default_rng(seed), joints, forearm, only("held"))
        for row in plan.shapes:
            held += 1
            to_unit = np.linalg.inv(row[5:14].reshape(3, 3).astype(float))
            for a, b in BONES:
                along = np.linspace(0, 1, 20)[:, None]
                bone = joints[a] + along * (joints[b] - joints[a])
                q = (bone - row[2:5]) @ to_unit
                if row[0] == shapes3d.ELLIPSOID:
                    assert ((q**2).sum(-1) > 1).all()
                elif row[0] == shapes3d.BOX:
                    assert (np.abs(q) > 1).any(-1).all()
                else:
                    assert ((np.abs(q[:, 2]) > 1) | (q[:, 0] ** 2 + q[:, 1] ** 2 > 0.99)).all()
    assert held > 80


def test_surfaces_lie_under_the_hand() -> None:
    for seed in range(SCENES):
        joints, forearm, _ = scene(seed)
        for row in clutter.plan(np.random.default_rng(seed), joints, forearm, only("surface")).shapes:
            normal = np.cross(row[5:8], row[8:11])
            normal /= np.linalg.norm(normal)
            heights = (joints - row[2:5]) @ normal
            camera = -row[2:5] @ normal
            assert (np.abs(heights) >= 13.9).all()
            assert (np.sign(heights) == np.sign(camera)).all()


def test_palm_frame_points_out_of_the_palm() -> None:
    out, across = clutter_held.palm_frame(stick_hand()[0])  # palm to the camera, thumb's side at +x
    assert out[2] < -0.95 and across[0] > 0.9


def test_default_forearm_is_the_palms_direction() -> None:
    joints, _, _ = scene(1)
    expected = clutter.plan(np.random.default_rng(0), joints, joints[0] - joints[9], TRAIN)
    np.testing.assert_array_equal(clutter.plan(np.random.default_rng(0), joints).shapes, expected.shapes)


def test_a_mix_is_named_by_its_chances() -> None:
    assert clutter.MIXES == {"train": TRAIN, "one_hand": clutter.ONE_HAND, "none": NONE}
    assert replace(TRAIN, second_hand=0) == clutter.ONE_HAND
    assert TRAIN.chances.shape == (len(KINDS),) and (TRAIN.chances <= 1).all() and (NONE.chances == 0).all()
