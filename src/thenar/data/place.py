"""Where in front of a camera a hand is held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thenar.hand.camera import Camera

HAND_REACH_MM = 105.0  # from the middle of the joints to a fingertip


def somewhere(
    camera: Camera, rng: np.random.Generator, distance_mm: tuple[float, float], reach_mm: float = HAND_REACH_MM
) -> NDArray[np.float32]:
    """(3,) mm, camera frame: a centre at a uniform distance, uniform over the part of the image that holds a hand.

    reach_mm keeps the hand inside the frame as far as the frame is large enough for one at that distance.
    """
    z = rng.uniform(*distance_mm)
    margin_u = min(reach_mm * camera.fx / z, 0.48 * camera.width)
    margin_v = min(reach_mm * camera.fy / z, 0.48 * camera.height)
    u = rng.uniform(margin_u, camera.width - 1 - margin_u)
    v = rng.uniform(margin_v, camera.height - 1 - margin_v)
    return camera.unproject(np.array([u, v, z]))
