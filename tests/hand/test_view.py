import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.peaks import peaks
from thenar.hand.view import FARTHEST, NOTHING, VIEW_HEIGHT, VIEW_WIDTH, view, view_camera


@given(st.integers(1, 900), st.integers(1, 700))
def test_every_frame_fits_and_its_pixels_keep_their_place(width: int, height: int) -> None:
    camera = Camera(300.0, 310.0, width / 2, height / 3, width, height)
    small, stride = view_camera(camera)
    assert small.width <= VIEW_WIDTH and small.height <= VIEW_HEIGHT
    depth = np.arange(width * height, dtype=np.float32).reshape(height, width) % 1000 + 200
    seen = view(depth, camera)
    row, column = small.height - 1, small.width // 2
    middle = min(stride // 2, width - 1, height - 1)
    u, v = column * stride + middle, row * stride + middle
    z = depth[v, u]
    place = seen.to_mm(np.array((column, row, seen.image[row, column])))
    np.testing.assert_allclose(place, camera.unproject(np.array((u, v, z))), rtol=1e-4, atol=1e-2)


def test_holes_and_what_is_far_or_outside_are_told_apart() -> None:
    camera = Camera(100, 100, 2, 1, 5, 1)
    image = view(np.array([[0, np.nan, np.inf, 5000, 750]], np.float32), camera).image
    np.testing.assert_allclose(image[0, :6], (NOTHING, NOTHING, NOTHING, FARTHEST, 0, NOTHING))


def test_a_frame_of_another_camera_is_refused() -> None:
    with pytest.raises(ThenarError, match="camera"):
        view(np.zeros((4, 4)), Camera(100, 100, 2, 2, 5, 4))


def test_peaks_are_found_hottest_first_with_their_side_and_place() -> None:
    heat = np.zeros((2, 32, 40), np.float32)
    heat[0, 5, 6], heat[0, 5, 7], heat[1, 20, 0], heat[1, 31, 39] = 0.6, 0.5, 0.9, 0.1
    uvd = np.random.default_rng(0).normal(size=(3, 32, 40)).astype(np.float32)
    found = peaks(heat, uvd, least=0.3)
    assert [(p.side, pytest.approx(p.score)) for p in found] == [("left", 0.9), ("right", 0.6)]
    np.testing.assert_array_equal(found[0].uvd, uvd[:, 20, 0])
    assert peaks(heat, uvd, least=0.95) == []
    assert len(peaks(heat, uvd, least=0.3, most=1)) == 1
