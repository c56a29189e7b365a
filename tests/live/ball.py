"""A notched ball before a camera, and a network that sees it: what a tracker needs to be tried without a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thenar.hand.camera import Camera
from thenar.run.tensors import TensorSpec

Image = NDArray[np.float32]

CAMERA = Camera(150.0, 150.0, 79.5, 59.5, 160, 120)
CENTER = (30.0, -20.0, 500.0)


def ball(center_mm: tuple[float, float, float] = CENTER, camera: Camera = CAMERA, left: bool = False) -> Image:
    """(h, w) depth of a disc of 60 mm radius without its lower left quarter; `left`: without the lower right one."""
    x, y, z = center_mm
    v, u = np.indices((camera.height, camera.width), np.float32)
    across, down = (u - camera.cx) / camera.fx * z - x, (v - camera.cy) / camera.fy * z - y
    missing = (down > 0) & (across > 0 if left else across < 0)
    return np.where((across**2 + down**2 < 60**2) & ~missing, np.float32(z), np.float32(0))


def looks_right(image: Image) -> bool:
    """Whether more of the crop's lower right is there than of its lower left, seen from the middle of the ball."""
    v, u = np.nonzero(image < 1)
    if not len(u):
        return False
    low = v > v.mean() + 5
    return bool((u[low] > u.mean()).sum() > (u[low] < u.mean()).sum())


def prefers_right(image: Image) -> float:
    """A judge that is sure of a right hand, and of nothing else."""
    return 0.9 if looks_right(image) else 0.1


class FakeSession:
    """A network whose 21 joints all lie in the middle of what the crop shows; `judge` says how sure it is of a crop.

    answer: changes what is given back, (uvd, confidence) -> (uvd, confidence). calls: how often it ran.
    """

    runtime = "fake"
    info: Mapping[str, str] = {}

    def __init__(self, judge: Callable[[Image], float] = prefers_right) -> None:
        self.judge = judge
        self.calls = 0
        self.answer: Callable[[Image, Image], tuple[Image, Image]] = lambda uvd, confidence: (uvd, confidence)
        self.inputs = (TensorSpec("depth", (1, 1, 128, 128), "float32"),)
        self.outputs = (TensorSpec("uvd", (1, 21, 3), "float32"), TensorSpec("confidence", (1, 21), "float32"))

    def run(self, feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.calls += 1
        image = feed["depth"][0, 0]
        assert image.shape == (128, 128) and image.dtype == np.float32 and np.isfinite(image).all()
        v, u = np.nonzero(image < 1)
        middle = ((u.mean() + 0.5) / 64 - 1, (v.mean() + 0.5) / 64 - 1, image[v, u].mean()) if len(u) else (0, 0, 0)
        uvd = np.broadcast_to(np.array(middle, np.float32), (1, 21, 3)).copy()
        sure = np.full((1, 21), self.judge(image) if len(u) else 0.0, np.float32)
        given, confidence = self.answer(uvd, sure)
        return {"uvd": given, "confidence": confidence}
