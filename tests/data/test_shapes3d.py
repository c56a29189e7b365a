"""Bodies made of formulas against marching along each ray, and the pixels they are looked for in."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from ray_oracle import march, rays, triangles
from scipy.spatial.transform import Rotation

from thenar.data import raster, shapes3d

CAMERA = (40.0, 38.0, 14.3, 11.8)
SHAPE = (24, 30)
SEEDS = range(10)
NAME = 7


def drawn(row: np.ndarray, shape=SHAPE, camera=CAMERA) -> tuple[np.ndarray, np.ndarray]:
    depth, ids = raster.window(*shape)
    shapes3d.draw(depth, ids, row[None], *camera)
    assert np.array_equal(np.isfinite(depth), ids == NAME)
    return depth, ids


def body(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A centre before the camera, sometimes beside the window, and three half axes from a pen's to a chest's."""
    center = rng.uniform((-150, -120, 250), (150, 120, 700))
    turn = Rotation.random(random_state=int(rng.integers(1 << 30))).as_matrix()
    return center.astype(np.float32), (turn * rng.uniform(12, 130, (3, 1))).astype(np.float32)


def agrees(depth: np.ndarray, inside) -> None:
    expected = march(rays(*SHAPE, *CAMERA), inside, 20.0, 1000.0)
    missed = np.isfinite(expected) & ~np.isfinite(depth)
    assert not missed.any()
    with np.errstate(invalid="ignore"):
        grazed = np.isfinite(depth) & (expected - depth > 0.1)  # thinner than the marching step
    assert grazed.sum() <= max(3, 0.06 * np.isfinite(depth).sum())
    both = np.isfinite(expected) & ~grazed
    np.testing.assert_allclose(depth[both], expected[both], atol=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_ellipsoid(seed: int) -> None:
    center, axes = body(np.random.default_rng(seed))
    row = np.zeros(shapes3d.COLUMNS, np.float32)
    shapes3d.ellipsoid(row, NAME, center, *axes)
    to_unit = np.linalg.inv(axes.T.astype(float)).T
    agrees(drawn(row)[0], lambda p: (((p - center) @ to_unit) ** 2).sum(-1) <= 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_frustum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    center, axes = body(rng)
    taper = float(rng.choice([1.0, 0.0, rng.uniform(0.2, 3)]))
    row = np.zeros(shapes3d.COLUMNS, np.float32)
    shapes3d.frustum(row, NAME, center, *axes, taper)
    to_unit = np.linalg.inv(axes.T.astype(float)).T

    def inside(p):
        q = (p - center) @ to_unit
        radius = 1 + (taper - 1) * (q[..., 2] + 1) / 2
        return (np.abs(q[..., 2]) <= 1) & (q[..., 0] ** 2 + q[..., 1] ** 2 <= radius**2)

    agrees(drawn(row)[0], inside)


@pytest.mark.parametrize("seed", SEEDS)
def test_box(seed: int) -> None:
    center, axes = body(np.random.default_rng(seed))
    row = np.zeros(shapes3d.COLUMNS, np.float32)
    shapes3d.box(row, NAME, center, *axes)
    to_unit = np.linalg.inv(axes.T.astype(float)).T
    agrees(drawn(row)[0], lambda p: (np.abs((p - center) @ to_unit) <= 1).all(-1))


@pytest.mark.parametrize("seed", SEEDS)
def test_round_cone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.uniform((-150, -120, 250), (150, 120, 700)).astype(np.float32)
    b = (a + rng.normal(0, 90, 3)).astype(np.float32)
    radii = rng.uniform(12, 60, 2)  # now and then one ball holds the other
    row = np.zeros(shapes3d.COLUMNS, np.float32)
    shapes3d.round_cone(row, NAME, a, b, *radii)
    axis, grow = (b - a).astype(float), radii[1] - radii[0]

    def inside(p):  # a ball between both ends holds p: the least |p - a - t axis|^2 - (radius + t grow)^2 is below 0
        q = p - a
        quadratic, linear = axis @ axis - grow**2, q @ axis + radii[0] * grow
        ends = np.minimum((q**2).sum(-1) - radii[0] ** 2, ((q - axis) ** 2).sum(-1) - radii[1] ** 2)
        t = np.clip(linear / quadratic, 0, 1) if quadratic > 0 else np.zeros_like(linear)
        between = (q**2).sum(-1) - radii[0] ** 2 - 2 * t * linear + t**2 * quadratic
        return np.minimum(ends, between) <= 0

    agrees(drawn(row)[0], inside)


@pytest.mark.parametrize("seed", SEEDS)
def test_plate_is_two_triangles(seed: int) -> None:
    center, axes = body(np.random.default_rng(seed))
    row = np.zeros(shapes3d.COLUMNS, np.float32)
    shapes3d.plate(row, NAME, center, axes[0], axes[1])
    corners = center + np.array([-axes[0] - axes[1], axes[0] - axes[1], axes[0] + axes[1], axes[1] - axes[0]])
    expected, _, doubtful = triangles(SHAPE, corners, [(0, 1, 2), (0, 2, 3)], *CAMERA, cull=False)
    depth, _ = drawn(row)
    np.testing.assert_allclose(depth[~doubtful], expected[~doubtful], rtol=1e-4)


@pytest.mark.parametrize("kind", shapes3d.KINDS)
def test_no_pixel_is_left_out_of_the_search(kind: int) -> None:
    """A window cut out of a larger one holds exactly the larger one's part, so bounds and strips are wide enough."""
    rng = np.random.default_rng(kind)
    for _ in range(60):
        center, axes = body(rng)
        row = np.zeros(shapes3d.COLUMNS, np.float32)
        row[:2], row[2:5], row[5:14], row[14] = (kind, NAME), center, axes.ravel(), rng.uniform(0, 2)
        if kind == shapes3d.ROUND_CONE:
            row[5:8] += center
            row[8:10] = rng.uniform(2, 40, 2)
        large, _ = drawn(row, (64, 80), (100.0, 95.0, 40.2, 31.7))
        first_row, first_column = rng.integers(0, 30, 2)
        small, _ = drawn(row, (20, 24), (100.0, 95.0, 40.2 - first_column, 31.7 - first_row))
        np.testing.assert_allclose(
            small, large[first_row : first_row + 20, first_column : first_column + 24], rtol=2e-5
        )


@pytest.mark.parametrize("kind", shapes3d.KINDS)
def test_around_the_camera_nothing_nearer_than_near_is_drawn(kind: int) -> None:
    row = np.zeros(shapes3d.COLUMNS, np.float32)
    row[:2], row[5:14], row[14] = (kind, NAME), np.eye(3).ravel() * 80, 1
    if kind == shapes3d.ROUND_CONE:
        row[2:10] = (0, 0, -40, 0, 0, 60, 30, 30)
    depth, _ = drawn(row)
    assert (depth > raster.NEAR_MM).all()


def test_empty_rows_are_skipped_and_nearer_bodies_win() -> None:
    table = np.zeros((3, shapes3d.COLUMNS), np.float32)
    x, y, z = np.eye(3, dtype=np.float32) * 50
    shapes3d.ellipsoid(table[0], 5, np.float32([0, 0, 500]), x, y, z)
    shapes3d.plate(table[2], 6, np.float32([0, 0, 490]), x * 100, y * 100)
    depth, ids = raster.window(*SHAPE)
    shapes3d.draw(depth, ids, table, *CAMERA)
    assert depth.min() == pytest.approx(450, abs=1)
    assert (ids[depth > 491] != 5).all() and set(np.unique(ids)) == {5, 6}
