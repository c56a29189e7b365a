"""The fast rasteriser against one ray per pixel, and what no rasteriser may do: leave holes, write outside, hang."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from hypothesis import given, settings
from hypothesis import strategies as st
from meshes import icosphere
from ray_oracle import triangles

from thenar.data import raster

CAMERA = (90.0, 85.0, 23.4, 17.8)  # fx fy cx cy of a 48x40 window
SHAPE = (40, 48)


def drawn(vertices: object, faces: object, *, shape=SHAPE, camera=CAMERA, cull=True):
    depth, ids = raster.window(*shape)
    raster.draw(depth, ids, np.asarray(vertices, np.float32), np.asarray(faces, np.int32), *camera, raster.HAND, cull)
    return depth, ids


def agrees(vertices, faces, *, cull=True) -> None:
    vertices = np.asarray(vertices, np.float32)
    depth, ids = drawn(vertices, faces, cull=cull)
    expected, seen, doubtful = triangles(SHAPE, vertices, faces, *CAMERA, cull=cull)
    sure = ~doubtful
    np.testing.assert_array_equal(ids[sure] == raster.HAND, seen[sure] >= 0)
    np.testing.assert_allclose(depth[sure], expected[sure], rtol=1e-4)
    assert np.array_equal(np.isfinite(depth), ids != raster.EMPTY)


@pytest.mark.parametrize("cull", [True, False])
@pytest.mark.parametrize("size_mm", [2.0, 20.0, 150.0, 2000.0])
@pytest.mark.parametrize("seed", range(3))
def test_triangle_soup_agrees_with_rays(seed: int, size_mm: float, cull: bool) -> None:
    rng = np.random.default_rng(seed)
    middles = rng.uniform((-120, -100, 150), (120, 100, 700), (40, 1, 3))
    vertices = (middles + rng.normal(0, size_mm, (40, 3, 3))).reshape(-1, 3)  # some behind the camera, some off window
    agrees(vertices, np.arange(120).reshape(40, 3), cull=cull)


coordinate = st.integers(-64, 64 * 49).map(lambda n: n / 64)  # among them vertices exactly on pixel centres
corner = st.tuples(coordinate, coordinate, st.floats(60, 900))


@settings(max_examples=150, deadline=None)
@given(st.lists(corner, min_size=3, max_size=12))
def test_any_triangles_agree_with_rays(corners: list[tuple[float, float, float]]) -> None:
    fx, fy, cx, cy = CAMERA
    u, v, z = np.array(corners).T
    vertices = np.stack([(u - cx) * z / fx, (v - cy) * z / fy, z], axis=-1)
    agrees(vertices, [(k, k + 1, k + 2) for k in range(len(corners) - 2)], cull=False)


@pytest.mark.parametrize("frequency", [3, 14, 40])
@pytest.mark.parametrize("distance_mm", [200.0, 421.7, 3000.0])
def test_closed_mesh_has_no_pin_holes(frequency: int, distance_mm: float) -> None:
    sphere, faces = icosphere(frequency)
    for shift in np.random.default_rng(5).uniform(-0.5, 0.5, (6, 2)):
        camera = (200.0, 200.0, 80 + shift[0], 80 + shift[1])
        _, ids = drawn(sphere * 50 + (0, 0, distance_mm), faces, shape=(160, 160), camera=camera)
        assert (ids > 0).any()
        for lines in (ids, ids.T):  # a convex body: what is seen of it in a row is one run
            assert (np.abs(np.diff((lines > 0).astype(int), axis=1, prepend=0, append=0)).sum(axis=1) <= 2).all()


def test_shared_edges_are_drawn_once() -> None:
    """Two triangles of one square, with corners on pixel centres: every pixel belongs to exactly one of them."""
    z, (fx, fy, cx, cy) = 300.0, CAMERA
    corners = np.array([(5, 4), (5, 30), (35, 30), (35, 4)], float)
    square = np.column_stack([(corners[:, 0] - cx) * z / fx, (corners[:, 1] - cy) * z / fy, np.full(4, z)])
    masks = [drawn(square, [face])[1] > 0 for face in ((0, 1, 2), (0, 2, 3))]
    assert not (masks[0] & masks[1]).any()
    assert (masks[0] | masks[1]).sum() == 30 * 26


def test_sphere_depth_is_perspective_correct() -> None:
    sphere, faces = icosphere(60)
    depth, _ = drawn(sphere * 50 + (0, 0, 400), faces)
    assert depth.min() == pytest.approx(350, abs=0.2)


def test_back_faces_only_without_culling() -> None:
    turned = [(0, 2, 1)]
    vertices = [(-20, -20, 300), (-20, 20, 300), (20, 20, 300)]
    assert (drawn(vertices, [(0, 1, 2)])[1] > 0).any()
    assert not (drawn(vertices, turned)[1] > 0).any()
    assert (drawn(vertices, turned, cull=False)[1] > 0).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30, 0.0, raster.NEAR_MM])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_wild_vertices_do_no_harm(value: float, axis: int) -> None:
    """Inside a larger array, so that a write outside the window is seen."""
    around_depth, around_ids = np.full((60, 70), 7.0, np.float32), np.full((60, 70), 9, np.uint8)
    depth, ids = around_depth[10:50, 10:58], around_ids[10:50, 10:58]
    depth[:], ids[:] = np.inf, 0
    vertices = np.array([(-20, -20, 300), (-20, 20, 300), (20, 20, 300)], np.float32)
    vertices[1, axis] = value
    raster.draw(depth, ids, vertices, np.array([(0, 1, 2)], np.int32), *CAMERA, raster.HAND, False)
    assert not np.isnan(depth).any()
    outside = np.ones((60, 70), bool)
    outside[10:50, 10:58] = False
    assert (around_depth[outside] == 7).all() and (around_ids[outside] == 9).all()


def test_labelled_faces_keep_their_ids_and_the_nearer_wins() -> None:
    near = np.array([(-20, -20, 300), (-20, 20, 300), (20, 20, 300)], np.float32)
    far = (near * (1.5, 1.5, 2)).astype(np.float32)
    depth, ids = raster.window(*SHAPE)
    labels = np.array([raster.FOREARM, raster.HAND], np.uint8)
    raster.draw_labelled(
        depth, ids, np.concatenate([far, near]), np.array([(0, 1, 2), (3, 4, 5)], np.int32), *CAMERA, labels
    )
    assert (ids[depth < 400] == raster.HAND).all() and (depth < 400).any()
    assert set(np.unique(ids)) <= {0, raster.HAND, raster.FOREARM}


@pytest.mark.parametrize(
    ("surface", "name", "joint_z", "expected"),
    [
        (290, raster.HAND, 300, True),  # under its own skin
        (270, raster.HAND, 300, False),  # behind another finger
        (290, raster.FOREARM, 300, True),
        (290, raster.FOREARM + 1, 300, False),  # something else lies on it
        (np.inf, raster.EMPTY, 300, True),  # just beside the tip, nothing before it
        (500, raster.FOREARM + 1, 300, True),  # the same with a wall behind
    ],
)
def test_visible(surface: float, name: int, joint_z: float, expected: bool) -> None:
    depth, ids = raster.window(*SHAPE)
    depth[:], ids[:] = surface, name
    joints = [(10.4, 20, joint_z), (47.4, 39.4, joint_z), (47.6, 20, joint_z), (10, -0.6, joint_z), (10, 20, -5)]
    flesh = np.full(5, 15, np.float32)
    assert raster.visible(depth, ids, np.array(joints), flesh).tolist() == [expected, expected, False, False, False]


def test_every_joint_has_its_flesh() -> None:
    assert raster.FLESH_MM.shape == (21,)
