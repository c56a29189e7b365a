from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from thenar.data.crops import crop_into
from thenar.hand.camera import Camera
from thenar.hand.crop import CROP_SIZE, crop_hand


@given(
    st.integers(0, 2**31),
    st.tuples(st.floats(-400, 400), st.floats(-400, 400), st.floats(150, 1200)),
    st.floats(60, 400),
    st.booleans(),
)
def test_same_pixels_as_the_readable_crop(seed, center, cube, mirrored):
    rng = np.random.default_rng(seed)
    camera = Camera(rng.uniform(50, 300), rng.uniform(50, 300), 40.3, 29.8, 80, 60)
    depth = rng.uniform(100, 1300, (60, 80)).astype(np.float32) * (rng.random((60, 80)) < 0.8)
    center = np.asarray(center, np.float32)
    crop = crop_hand(depth, camera, center, cube)
    out = np.empty((CROP_SIZE, CROP_SIZE), np.float32)
    crop_into(out, depth.astype(np.float32), camera, center, cube, mirrored)
    np.testing.assert_array_equal(out, (crop.flipped() if mirrored else crop).image)
