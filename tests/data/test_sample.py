from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from thenar.data import poses, raster, shapes
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.hand.crop import CUBE_MM

SMALL = {"shape_count": 6, "poses_per_batch": 8}
SIZE = 32


def source(seed=3, size=SIZE, **recipe):
    return SampleSource(SampleRecipe(**{**SMALL, **recipe}), seed, size)


@pytest.fixture(scope="module")
def batches():
    made = source(size=64, poses_per_batch=16)
    return [made.batch(step) for step in range(4)]


def digest(batch):
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in batch)).hexdigest()


def test_a_batch_is_its_number_and_seed_alone():
    one, other = source(), source()
    other.batch(0)
    assert digest(one.batch(7)) == digest(other.batch(7)) == digest(other.batch(7))
    assert len({digest(one.batch(7)), digest(one.batch(8)), digest(source(seed=4).batch(7))}) == 3


def test_another_process_makes_the_same_batch():
    script = "import test_sample as t; print(t.digest(t.source().batch(7)))"
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.stdout.strip() == digest(source().batch(7)), done.stderr


def test_what_a_batch_holds(batches):
    for batch in batches:
        assert batch.images.shape == (64, 1, 128, 128) and batch.images.dtype == np.float32
        assert np.isfinite(batch.images).all() and batch.images.min() >= -1 and batch.images.max() <= 1
        assert batch.uvd.shape == (64, 21, 3) and np.isfinite(batch.uvd).all()
        assert batch.visible.shape == (64, 21) and batch.present.shape == (64,)
        low, high = SampleRecipe().cube_mm
        assert (batch.cube_mm >= np.float32(low)).all() and (batch.cube_mm <= np.float32(high)).all()


def test_a_right_hand_fills_its_crop(batches):
    for batch in batches:
        seen = (batch.images < 1).mean(axis=(1, 2, 3))
        assert (seen[batch.present] > 0.03).mean() > 0.97
        inside = (np.abs(batch.uvd) <= 1).all(axis=2).mean(axis=1)
        assert (inside[batch.present] > 0.5).mean() > 0.9


@pytest.mark.parametrize("left", [0.0, 1.0])
def test_the_labels_are_where_the_hand_is(left):
    """At a joint that is seen, the surface lies in front of it by no more than flesh, in a mirrored crop too."""
    batch = source(left_share=left, empty_share=0.0, size=64, sensors=("sr305",)).batch(0)
    assert batch.present.all() == (left == 0)
    cells = np.floor((batch.uvd[..., :2] + 1) * 64).astype(int)
    inside = (np.abs(batch.uvd) < 1).all(axis=2) & batch.visible
    rows, joints = np.nonzero(inside)
    u, v = cells[rows, joints].T
    surface = batch.images[rows, 0, v, u]
    depth_mm = (batch.uvd[rows, joints, 2] - surface) * batch.cube_mm[rows] / 2
    on_it = surface < 1
    flesh = raster.FLESH_MM[joints] + 4
    assert inside.sum() > 600 and on_it.mean() > 0.85
    assert (np.abs(depth_mm[on_it] - 8) < flesh[on_it]).mean() > 0.93


@pytest.mark.parametrize(("left", "empty", "present"), [(0, 0, 1), (1, 0, 0), (0, 1, 0)])
def test_only_a_right_hand_is_present(left, empty, present):
    batch = source(left_share=left, empty_share=empty).batch(1)
    assert (batch.present == bool(present)).all()


def test_shares_are_kept(batches):
    present = np.concatenate([batch.present for batch in batches])
    recipe = SampleRecipe()
    expected = 1 - recipe.left_share - recipe.empty_share
    assert abs(present.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / len(present))


def test_an_empty_crop_has_the_hand_at_its_border_or_outside():
    batch = source(left_share=0.0, empty_share=1.0).batch(0)
    assert (np.abs(batch.uvd.mean(axis=1)).max(axis=1) > 170 / CUBE_MM * 0.8).all()


def test_held_out_poses_and_shapes_are_never_drawn(monkeypatch):
    drawn_shapes, drawn_poses = [], []
    draw_shape, draw_poses = shapes.sample, poses.sample_many

    def shape(*args, **named):
        drawn_shapes.append(draw_shape(*args, **named))
        return drawn_shapes[-1]

    def many(*args, **named):
        drawn_poses.append(draw_poses(*args, **named))
        return drawn_poses[-1]

    monkeypatch.setattr(shapes, "sample", shape)
    monkeypatch.setattr(poses, "sample_many", many)
    made = source(shape_count=200, poses_per_batch=200, size=1)
    for step in range(3):
        made.batch(step)
    angles = np.concatenate(drawn_poses)
    assert len(drawn_shapes) == 200 and len(angles) == 600
    assert not any(shapes.is_held_out(coefficients) for coefficients in drawn_shapes)
    assert not any(poses.is_held_out(one) for one in angles)


def test_the_recipe_is_plain_values():
    values = SampleRecipe().to_dict()
    assert values["shape_count"] == 3000 and set(values["sensors"]) >= {"sr305", "kinect2", "d435"}
