"""Walls and step edges, and the seed at which the errors are as strong as nominal."""

from __future__ import annotations

import numpy as np

from thenar.data.sensors import Sensor, apply
from thenar.data.sensors.noise import uniform

NOMINAL = next(seed for seed in range(10_000) if abs(uniform(seed, 0, 0.5, 1.5) - 1) < 1e-3)


def wall(z_mm: float, size: int = 160) -> np.ndarray:
    return np.full((size, size), z_mm, np.float32)


def step_edge(near_mm: float, far_mm: float, size: int = 160) -> np.ndarray:
    """A far wall and a near bar over the columns from 2/5 to 3/5."""
    depth = wall(far_mm, size)
    depth[:, size * 2 // 5 : size * 3 // 5] = near_mm
    return depth


def read(sensor: Sensor, depth: np.ndarray, seed: int, stride: int = 1) -> np.ndarray:
    return apply(sensor, depth, stride, sensor.camera.fx / stride, seed)
