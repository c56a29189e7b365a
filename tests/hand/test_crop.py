from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.crop import BACKGROUND, CROP_SIZE, CUBE_MM, Crop, crop_hand

CAMERA = Camera(476.0, 480.0, 313.7, 242.8, 640, 480)
EMPTY = np.zeros((480, 640), np.float32)

centers = st.tuples(st.floats(-300, 300), st.floats(-200, 200), st.floats(200, 1200))
cubes = st.floats(100, 400)


def crop_of(depth: np.ndarray, center: tuple[float, float, float], cube: float = CUBE_MM) -> Crop:
    return crop_hand(depth, CAMERA, np.array(center, np.float32), cube)


@given(centers, cubes, st.booleans(), st.integers(0, 2**32 - 1))
def test_uvd_and_mm_are_exact_inverses(
    center: tuple[float, float, float], cube: float, mirrored: bool, seed: int
) -> None:
    crop = crop_of(EMPTY, center, cube)
    crop = crop.flipped() if mirrored else crop
    uvd = np.random.default_rng(seed).uniform(-1, 1, (21, 3))
    np.testing.assert_allclose(crop.to_uvd(crop.to_mm(uvd)), uvd, atol=2e-6)
    joints = crop.to_mm(uvd)
    np.testing.assert_allclose(crop.to_mm(crop.to_uvd(joints)), joints, atol=1e-3)


@given(centers, cubes)
def test_the_centre_is_the_origin_and_the_cube_ends_at_one(center: tuple[float, float, float], cube: float) -> None:
    crop = crop_of(EMPTY, center, cube)
    middle = np.array(center)
    np.testing.assert_allclose(crop.to_uvd(middle), 0, atol=1e-4)
    for axis in range(3):
        face = middle + (cube / 2) * np.eye(3)[axis] * (1 if axis < 2 else 0)
        if axis < 2:
            assert crop.to_uvd(face)[axis] == pytest.approx(1, abs=1e-4)
    assert crop.to_mm(np.array([0, 0, 1.0]))[2] == pytest.approx(center[2] + cube / 2, abs=1e-3)


@given(st.floats(-120, 120), st.floats(-120, 120), st.floats(350, 900), st.booleans())
def test_a_pixel_appears_where_its_point_is_in_uvd(x: float, y: float, z: float, mirrored: bool) -> None:
    """The image and to_uvd are one geometry: light one pixel, find it in the crop within a cell."""
    u, v, _ = CAMERA.project(np.array([x, y, z]))
    column, row = round(float(u)), round(float(v))
    depth = EMPTY.copy()
    depth[row - 2 : row + 3, column - 2 : column + 3] = z
    crop = crop_of(depth, (0, 0, z))
    crop = crop.flipped() if mirrored else crop
    rows, columns = np.nonzero(crop.image != BACKGROUND)
    seen = np.array([columns.mean(), rows.mean()])
    there = crop.to_uvd(CAMERA.unproject(np.array([column, row, z])))
    expected = (there[:2] + 1) / 2 * CROP_SIZE - 0.5
    np.testing.assert_allclose(seen, expected, atol=0.75)
    np.testing.assert_allclose(crop.image[rows, columns], 0, atol=1e-5)


def test_depth_becomes_minus_one_to_one_over_the_cube() -> None:
    for offset, expected in ((-140, -1), (-70, -0.5), (0, 0), (70, 0.5), (140, 1)):
        assert crop_of(EMPTY + 600 + offset, (0, 0, 600)).image[64, 64] == pytest.approx(expected)


@pytest.mark.parametrize("reading", [0, np.nan, np.inf, -np.inf, -5, 600 - 141, 600 + 141], ids=str)
def test_what_is_no_reading_in_the_cube_is_background(reading: float) -> None:
    assert (crop_of(EMPTY + np.float32(reading), (0, 0, 600)).image == BACKGROUND).all()


def test_a_hole_stays_a_hole() -> None:
    depth = EMPTY + 600
    depth[235:251, 306:322] = 0
    image = crop_of(depth, (0, 0, 600)).image
    assert image[64, 64] == BACKGROUND and image[20, 20] == 0


def test_an_empty_frame_gives_an_empty_crop() -> None:
    image = crop_of(EMPTY, (0, 0, 500)).image
    assert image.shape == (CROP_SIZE, CROP_SIZE) and image.dtype == np.float32 and (image == BACKGROUND).all()


@given(st.floats(-2000, 2000), st.floats(-2000, 2000), st.floats(0.001, 3000))
def test_outside_the_frame_is_background_wherever_the_cube_is(x: float, y: float, z: float) -> None:
    crop = crop_of(EMPTY + np.float32(z), (x, y, z))
    cell = (np.arange(CROP_SIZE) + 0.5) * (2 / CROP_SIZE) - 1
    u = CAMERA.fx / z * (x + cell * CUBE_MM / 2) + CAMERA.cx
    v = CAMERA.fy / z * (y + cell * CUBE_MM / 2) + CAMERA.cy
    sure = 0.01 + 1e-6 * np.abs(u).max() + 1e-6 * np.abs(v).max()
    outside = ((v < -0.5 - sure) | (v > 479.5 + sure))[:, None] | ((u < -0.5 - sure) | (u > 639.5 + sure))[None, :]
    inside = ((v > -0.5 + sure) & (v < 479.5 - sure))[:, None] & ((u > -0.5 + sure) & (u < 639.5 - sure))[None, :]
    assert (crop.image[outside] == BACKGROUND).all()
    np.testing.assert_allclose(crop.image[inside], 0, atol=1e-5)


def test_a_hand_half_outside_keeps_its_inner_half() -> None:
    left_edge = CAMERA.unproject(np.array([-0.5, 242.0, 600.0]))
    image = crop_of(EMPTY + 600, tuple(float(v) for v in left_edge)).image  # type: ignore[arg-type]
    assert (image[:, :64] == BACKGROUND).all() and (image[:, 64:] == 0).all()


@given(st.integers(0, 2**32 - 1))
def test_a_flipped_crop_is_the_crop_of_a_mirrored_scene(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera = Camera(476.0, 480.0, 319.5, 239.5, 640, 480)  # symmetric, so that a mirrored frame is the same camera's
    depth = np.kron(rng.uniform(400, 800, (48, 64)), np.ones((10, 10))).astype(np.float32)
    center = np.array([rng.uniform(-100, 100), 0, 600.0])
    flipped = crop_hand(depth, camera, center).flipped()
    mirrored = crop_hand(depth[:, ::-1], camera, center * [-1, 1, 1])
    assert (flipped.image == mirrored.image).mean() > 0.99  # cell centres on a pixel border may round either way
    joints = rng.uniform(-80, 80, (21, 3)) + center
    np.testing.assert_allclose(flipped.to_uvd(joints), mirrored.to_uvd(joints * [-1, 1, 1]), atol=1e-5)
    again = flipped.flipped()
    assert not again.mirrored and (again.image == crop_hand(depth, camera, center).image).all()


@pytest.mark.parametrize("center", [(0, 0, 0), (0, 0, -100), (np.nan, 0, 500), (0, np.inf, 500)])
def test_a_centre_behind_the_camera_is_refused(center: tuple[float, float, float]) -> None:
    with pytest.raises(ThenarError, match="in front of the camera"):
        crop_of(EMPTY, center)


@pytest.mark.parametrize("cube", [0.0, -1.0, float("nan"), float("inf")])
def test_a_cube_without_size_is_refused(cube: float) -> None:
    with pytest.raises(ThenarError, match="cube"):
        crop_of(EMPTY, (0, 0, 500), cube)


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(ThenarError, match="320x240"):
        crop_of(np.zeros((240, 320), np.float32), (0, 0, 500))


@given(st.integers(0, 3), st.booleans(), st.integers(0, 2**31))
def test_a_turned_crop_shows_the_same_points(quarters, mirrored, seed):
    rng = np.random.default_rng(seed)
    depth = rng.uniform(400, 600, (CAMERA.height, CAMERA.width)).astype(np.float32)
    crop = crop_hand(depth, CAMERA, np.float32([5, -8, 500]))
    crop = (crop.flipped() if mirrored else crop).turned(quarters)
    points = rng.uniform(-0.9, 0.9, (30, 3)).astype(np.float32)
    np.testing.assert_allclose(crop.to_uvd(crop.to_mm(points)), points, atol=1e-4)
    # the pixel under a surface point holds that point's depth, however the image was turned
    v, u = np.nonzero(crop.image < 1)
    uvd = np.stack([(u + 0.5) / 64 - 1, (v + 0.5) / 64 - 1, crop.image[v, u]], axis=1)
    column, row, z = CAMERA.project(crop.to_mm(uvd)).T
    np.testing.assert_allclose(depth[np.floor(row + 0.5).astype(int), np.floor(column + 0.5).astype(int)], z, atol=0.1)
    again = crop.turned(-quarters)
    np.testing.assert_array_equal(
        (again.flipped() if mirrored else again).image, crop_hand(depth, CAMERA, np.float32([5, -8, 500])).image
    )
