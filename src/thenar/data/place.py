"""Where in front of a sensor a hand is held."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.sensors import Sensor

HAND_REACH_MM: Final = 105.0
"""From the middle of the joints to a fingertip."""


def somewhere(
    sensor: Sensor, rng: np.random.Generator, distance_mm: tuple[float, float], reach_mm: float = HAND_REACH_MM
) -> NDArray[np.float32]:
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
