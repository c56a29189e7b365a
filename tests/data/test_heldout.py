from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from thenar.data import heldout, poses, shapes
from thenar.data.heldout import BENCHMARK, VALIDATION, Heldout, HeldoutRecipe, crops_of
from thenar.data.sensors import SENSORS

SMALL = HeldoutRecipe(frames=48, shape_count=5)


@pytest.fixture(scope="module")
def frames():
    made = Heldout(SMALL)
    return [made[index] for index in range(len(made))]


@pytest.fixture(scope="module")
def benchmark():
    return Heldout(BENCHMARK)


def test_a_frame_is_its_recipe_and_index_alone(frames):
    other = Heldout(SMALL)
    for index in (40, 3, 40):
        np.testing.assert_array_equal(other[index].depth_mm, frames[index].depth_mm)
        np.testing.assert_array_equal(other[index].joints_mm, frames[index].joints_mm)
        np.testing.assert_array_equal(other[index].visible, frames[index].visible)


def test_sensors_and_kinds_in_equal_parts(frames):
    assert Counter((frame.sensor, frame.kind) for frame in frames) == {
        (name, kind): 4 for name in SENSORS for kind in ("random", "gesture")
    }


def test_frames_are_within_the_recipe(frames):
    low, high = SMALL.distance_mm
    for frame in frames:
        assert frame.depth_mm.shape == (frame.camera.height, frame.camera.width) and np.isfinite(frame.depth_mm).all()
        assert low <= frame.joints_mm[:, 2].mean() <= high
        assert max(abs(frame.yaw_deg), abs(frame.pitch_deg)) <= SMALL.max_view_deg
        u, v, _ = frame.camera.project(frame.joints_mm.mean(axis=0))
        assert 0 <= u < frame.camera.width and 0 <= v < frame.camera.height
        assert (frame.depth_mm > 0).mean() > 0.003, "the hand is there"
    assert 0.5 < np.mean([frame.visible for frame in frames]) < 0.95


def test_only_what_training_never_draws(benchmark, monkeypatch):
    drawn = []
    draw = shapes.sample

    def shape(*args, **named):
        drawn.append(draw(*args, **named))
        return drawn[-1]

    monkeypatch.setattr(shapes, "sample", shape)
    Heldout(HeldoutRecipe(frames=2, shape_count=40))
    assert len(drawn) == 40 and all(shapes.is_held_out(coefficients) for coefficients in drawn)
    for angles in benchmark._poses.values():
        assert all(poses.is_held_out(one) for one in angles)


def test_no_pose_is_shown_twice(monkeypatch):
    shown: list[list[bytes]] = []
    place = heldout.place_hand
    monkeypatch.setattr(
        heldout,
        "place_hand",
        lambda mesh, hand, angles, *rest: shown[-1].append(angles.tobytes()) or place(mesh, hand, angles, *rest),
    )
    frames = Heldout(SMALL)
    for index in range(len(frames)):
        shown.append([])
        frames[index]
    assert all(len(set(tries)) == 1 for tries in shown), "a frame that is redrawn keeps its pose"
    assert len({tries[0] for tries in shown}) == 48


def test_every_frame_shows_its_hand():
    frames = Heldout(SMALL)
    for index in range(len(frames)):
        frame = frames[index]
        u, v = np.rint(frame.camera.project(frame.joints_mm)[:, :2]).astype(int).T
        inside = (u >= 0) & (u < frame.camera.width) & (v >= 0) & (v < frame.camera.height)
        read = [bool(ok and frame.depth_mm[y, x] > 0) for ok, x, y in zip(inside, u, v, strict=True)]
        assert (frame.visible & read).sum() >= 8


@pytest.mark.parametrize(
    ("index", "sensor", "kind", "joints"),
    [
        (
            0,
            "sr305",
            "random",
            [[-41.4, 30.9, 445.3], [-14.3, 137.2, 361.2], [-39.2, 45.1, 349.8], [-77.3, -48.0, 317.1]],
        ),
        (
            7,
            "kinect1",
            "gesture",
            [[-201.5, -84.4, 513.4], [-254.0, 24.9, 592.4], [-164.2, 52.2, 624.8], [-96.2, 29.4, 548.1]],
        ),
        (
            1234,
            "oakd",
            "gesture",
            [[-166.5, -131.2, 901.2], [-248.0, -193.9, 775.6], [-288.3, -164.9, 827.2], [-289.9, -125.9, 888.6]],
        ),
        (
            2599,
            "kinect1",
            "gesture",
            [[17.0, 191.8, 745.8], [12.8, 79.0, 783.2], [-27.1, 103.3, 798.0], [-54.6, 149.8, 793.4]],
        ),
        (
            3999,
            "azure",
            "random",
            [[-258.9, 94.2, 688.6], [-202.4, -4.4, 651.0], [-296.3, -62.6, 666.8], [-342.4, 7.7, 635.7]],
        ),
    ],
)
def test_the_benchmark_stays_what_it_is(benchmark, index, sensor, kind, joints):
    """Wrist, thumb tip, index tip and little tip of some frames; when this fails, every figure measured is void."""
    frame = benchmark[index]
    assert (frame.sensor, frame.kind) == (sensor, kind)
    np.testing.assert_allclose(frame.joints_mm[[0, 4, 8, 20]], joints, atol=0.5)


def test_the_recipes_are_fixed():
    assert (BENCHMARK.frames, BENCHMARK.seed, BENCHMARK.shape_count) == (4000, 4_000_001, 500)
    assert BENCHMARK.distance_mm == (300, 900) and BENCHMARK.max_view_deg == 75
    assert BENCHMARK.sensors == ("sr305", "kinect1", "kinect2", "azure", "oakd", "d435")
    assert VALIDATION.seed != BENCHMARK.seed


@pytest.mark.parametrize("index", [-1, 48])
def test_there_is_nothing_beyond(index):
    with pytest.raises(IndexError):
        Heldout(SMALL)[index]


def test_crops_of_a_recipe():
    recipe = HeldoutRecipe(frames=14, shape_count=2)
    batches = crops_of(recipe, batch_size=10)
    assert [len(batch.images) for batch in batches] == [10, 4]
    again = crops_of(recipe, batch_size=10)
    for batch, other in zip(batches, again, strict=True):
        assert batch.images.shape[1:] == (1, 128, 128) and batch.images.dtype == np.float32 and batch.present.all()
        np.testing.assert_array_equal(batch.images, other.images)
        assert np.abs(batch.uvd.mean(axis=1)).max() < 0.4, "centres are off by centimetres at most"
        assert (batch.images < 1).any(axis=(1, 2, 3)).all()
