from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thenar.data import clutter, gestures, mesh, raster, shapes, views
from thenar.data.scene import place_hand, render, window_camera
from thenar.data.sensors import SENSORS
from thenar.hand.camera import Camera
from thenar.hand.crop import crop_hand

SENSOR = SENSORS["sr305"]
CENTER = np.float32([40, -30, 500])
PALM = views.rotation(20, 15, 30)


def posed(name="open", view=PALM, center=CENTER, mirrored=False):
    hand = mesh.load()
    shaped = shapes.apply(hand, np.zeros(len(hand.target_names), np.float32))
    return place_hand(hand, shaped, gestures.GESTURES[name], view, np.asarray(center, np.float32), mirrored)


def drawn(hand, camera):
    """(h, w) true depth of the hand alone; 0 where there is nothing."""
    depth, ids = raster.window(camera.height, camera.width)
    f = (np.float32(camera.fx), np.float32(camera.fy), np.float32(camera.cx), np.float32(camera.cy))
    raster.draw(depth, ids, hand.vertices, hand.faces, *f, raster.HAND)
    return np.where(np.isfinite(depth), depth, np.float32(0))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("name", ["open", "fist", "point"])
def test_the_joints_lie_inside_the_hand(name, mirrored):
    hand = posed(name, mirrored=mirrored)
    seen = render(hand, None, SENSOR, SENSOR.camera, 1, 3)
    u, v, z = SENSOR.camera.project(hand.joints_mm).T
    surface = seen.depth_mm[np.rint(v).astype(int), np.rint(u).astype(int)]
    read = seen.visible & (surface > 0)
    assert seen.visible.sum() >= 10 and read.sum() >= 0.7 * seen.visible.sum()
    inside = (z - surface)[read]
    assert inside.min() > -3 and (inside <= raster.FLESH_MM[read] + 3).all() and 3 < np.median(inside) < 20


def test_the_middle_of_the_joints_is_where_it_was_put():
    for mirrored in (False, True):
        hand = posed(mirrored=mirrored)
        np.testing.assert_allclose(hand.joints_mm.mean(axis=0), CENTER, atol=1e-3)
        assert np.linalg.norm(hand.forearm) == pytest.approx(1, abs=1e-5)
        towards_elbow = (hand.joints_mm[0] - hand.joints_mm[9]) @ hand.forearm
        assert towards_elbow > 50, "the forearm leaves on the wrist's side"


def test_a_left_hand_is_what_a_mirror_shows_of_a_right_one():
    camera = Camera(476.0, 476.0, 319.5, 239.5, 640, 480)
    center = np.float32([0, -30, 500])
    right, left = (posed("point", center=center, mirrored=mirrored) for mirrored in (False, True))
    np.testing.assert_allclose(left.joints_mm * [-1, 1, 1], right.joints_mm, atol=1e-3)
    np.testing.assert_allclose(left.forearm * [-1, 1, 1], right.forearm, atol=1e-6)
    one, other = drawn(right, camera), drawn(left, camera)[:, ::-1]
    assert (one > 0).sum() > 5000
    differ = np.abs(one - other) > 0.5
    assert differ.sum() < 0.01 * (one > 0).sum(), "only on edges, where a pixel's centre is on an edge"


@pytest.mark.parametrize("name", list(SENSORS))
def test_the_same_arguments_give_the_same_frame(name):
    sensor = SENSORS[name]
    hand = posed(center=[20, -10, 650])
    plans = [clutter.plan(np.random.default_rng(5), hand.joints_mm, hand.forearm) for _ in range(2)]
    camera, stride = window_camera(sensor.camera, np.float32([20, -10, 650]), 300, 160)
    first, second = (render(hand, plan, sensor, camera, stride, 9) for plan in plans)
    other = render(hand, plans[0], sensor, camera, stride, 10)
    np.testing.assert_array_equal(first.depth_mm, second.depth_mm)
    np.testing.assert_array_equal(first.visible, second.visible)
    assert first.depth_mm.shape == (camera.height, camera.width) and np.isfinite(first.depth_mm).all()
    assert (first.depth_mm != other.depth_mm).any(), "the noise is the seed's"


@pytest.mark.parametrize("center", [(40, -30, 500), (-180, 100, 450), (0, 0, 900)])
def test_a_crop_of_the_window_is_the_crop_of_the_frame(center):
    hand = posed(center=center)
    window, stride = window_camera(SENSOR.camera, np.float32(center), 280 * 1.15, 4000)
    assert stride == 1 and window.width < SENSOR.camera.width
    full = crop_hand(drawn(hand, SENSOR.camera), SENSOR.camera, center)
    part = crop_hand(drawn(hand, window), window, center)
    assert np.mean(np.abs(full.image - part.image) > 1e-3) < 1e-3
    np.testing.assert_allclose(part.to_uvd(hand.joints_mm), full.to_uvd(hand.joints_mm), atol=1e-4)


@settings(max_examples=100)
@given(
    st.sampled_from(list(SENSORS)),
    st.tuples(st.floats(-600, 600), st.floats(-500, 500), st.floats(100, 1500)),
    st.floats(50, 500),
    st.integers(32, 400),
)
def test_a_window_is_a_part_of_the_image(name, center, side, most):
    camera = SENSORS[name].camera
    window, stride = window_camera(camera, np.float32(center), side, most)
    left, top = camera.cx - window.cx * stride, camera.cy - window.cy * stride
    assert left == pytest.approx(round(left), abs=1e-6) and top == pytest.approx(round(top), abs=1e-6)
    assert left > -1e-6 and top > -1e-6 and max(window.width, window.height) <= most + 2
    assert left + window.width * stride <= camera.width + stride and window.width >= 1
    assert top + window.height * stride <= camera.height + stride and window.height >= 1
    inside = camera.project(np.float32(center))
    pixel = window.project(np.float32(center))
    np.testing.assert_allclose(pixel[:2] * stride + [left, top], inside[:2], atol=0.02)
