"""Depth sensors: what each makes of the true depth in front of it."""

from __future__ import annotations

import numpy as np

from thenar.data.sensors import time_of_flight, triangulation
from thenar.data.sensors.noise import Floats
from thenar.data.sensors.sensor import Sensor, TimeOfFlight, Triangulation
from thenar.data.sensors.table import SENSORS
from thenar.errors import ThenarError

__all__ = ["SENSORS", "Sensor", "TimeOfFlight", "Triangulation", "apply"]

SEED_MASK = 0xFFFFFFFF


def apply(sensor: Sensor, depth: Floats, stride: int, fx_window: float, seed: int) -> Floats:
    """(h, w) float32 mm, inf or 0 = nothing there -> (h, w) float32 mm as the sensor reads it, 0 = no reading.

    The window shows every `stride`-th pixel of the sensor's image, so `fx_window` is the sensor's focal length over
    `stride`, in window pixels; effects that span several pixels of the sensor shrink with the stride.
    The same seed gives the same reading; the strength of the errors is the seed's too, 0.5 to 1.5 times nominal.

    Raises:
        ThenarError: the stride or the focal length is not above 0, or the window is empty.
    """
    if stride < 1 or not fx_window > 0 or depth.ndim != 2 or depth.size == 0:
        raise ThenarError(
            f"window {depth.shape} with stride {stride} and focal length {fx_window} px can't be read by {sensor.name}",
            fix="give a (h, w) window, a stride of 1 or more and a focal length above 0",
        )
    window = np.ascontiguousarray(depth, np.float32)
    if isinstance(sensor.errors, Triangulation):
        return triangulation.simulate(sensor, sensor.errors, window, stride, fx_window, seed & SEED_MASK)
    return time_of_flight.simulate(sensor, sensor.errors, window, stride, fx_window, seed & SEED_MASK)
