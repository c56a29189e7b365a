"""Where in front of a sensor a hand is held, and where it is not."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter_near
from thenar.data.clutter import ClutterPlan
from thenar.data.scene import PosedHand, draw, window_camera
from thenar.data.sensors import Sensor
from thenar.hand.camera import Camera

Floats = NDArray[np.float32]

HAND_REACH_MM: Final = 105.0
"""From the middle of the joints to a fingertip."""


def somewhere(
    sensor: Sensor, rng: np.random.Generator, distance_mm: tuple[float, float], reach_mm: float = HAND_REACH_MM
) -> Floats:
    """(3,) mm, camera frame: a centre at a uniform distance, uniform over the part of the image that holds a hand.

    The distance starts where the sensor reads all of the hand. reach_mm keeps the hand inside the frame as far as the
    frame is large enough for one at that distance.
    """
    camera = sensor.camera
    low, high = distance_mm
    z = rng.uniform(max(low, sensor.near_mm + HAND_REACH_MM), high)
    margin_u = min(reach_mm * camera.fx / z, 0.48 * camera.width)
    margin_v = min(reach_mm * camera.fy / z, 0.48 * camera.height)
    u = rng.uniform(margin_u, camera.width - 1 - margin_u)
    v = rng.uniform(margin_v, camera.height - 1 - margin_v)
    return camera.unproject(np.array([u, v, z]))


AROUND_MM: Final = 1000.0
"""Side of the space around a hand in which `beside` looks for other things."""


def beside(posed: PosedHand, plan: ClutterPlan, camera: Camera, rng: np.random.Generator, from_mm: float) -> Floats:
    """(3,) mm, camera frame: a point on what stands around a hand, at least `from_mm` from the middle of its joints.

    Arms, faces, tables: what a locator would propose. A second hand is left out, being a hand. Where there is nothing
    else, a point in the air.
    """
    middle = posed.joints_mm.mean(axis=0)
    view, _ = window_camera(camera, middle, AROUND_MM, 48)
    depth, ids = draw(posed, plan, view)
    rows, columns = np.nonzero(np.isfinite(depth) & (ids != clutter_near.SECOND_HAND))
    points = view.unproject(np.stack([columns, rows, depth[rows, columns]], axis=1))
    points = points[np.sum((points - middle) ** 2, axis=1) >= from_mm**2]
    if len(points):
        return np.asarray(points[int(rng.integers(len(points)))], np.float32)
    away = rng.standard_normal(3) * (1.0, 1.0, 0.5)
    point = middle + away / np.linalg.norm(away) * rng.uniform(from_mm, 2 * from_mm)
    return np.asarray((*point[:2], max(point[2], from_mm)), np.float32)
