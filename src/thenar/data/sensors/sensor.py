"""What a depth sensor is: its camera, the range it works in, and how it errs."""

from __future__ import annotations

from dataclasses import dataclass

from thenar.data.sensors.time_of_flight import TimeOfFlight
from thenar.data.sensors.triangulation import Triangulation
from thenar.hand.camera import Camera


@dataclass(frozen=True)
class Sensor:
    """A named depth sensor.

    family: structured light, time of flight or stereo. near_mm, far_mm: readings outside don't exist.
    errors: the parameters of its noise, read by `apply`.
    """

    name: str
    family: str
    camera: Camera
    near_mm: float
    far_mm: float
    errors: Triangulation | TimeOfFlight
    source: str
