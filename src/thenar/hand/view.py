"""A whole depth frame as one small image, to find hands in, and back to millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.camera import Camera

Floats = NDArray[np.float32]

VIEW_HEIGHT, VIEW_WIDTH = 128, 160
MIDDLE_MM: Final = 750.0
HALF_MM: Final = 600.0
"""Depth is seen as (z - MIDDLE_MM) / HALF_MM: hands are looked for from 150 to 1350 mm."""

FARTHEST: Final = 0.97
NOTHING: Final = 1.0
"""What lies beyond is all equally far; holes, and what is outside the frame, are a little further still."""


@dataclass(frozen=True)
class View:
    """image (128, 160) float32 in [-1, 1]; camera: of the part that the frame fills, from the upper left corner on."""

    image: Floats
    camera: Camera

    def to_mm(self, uvd: NDArray[np.floating]) -> Floats:
        """(..., 3): column, row and depth value of the view -> (..., 3) mm in the camera frame."""
        uvz = np.array(uvd, np.float64)
        uvz[..., 2] = uvz[..., 2] * HALF_MM + MIDDLE_MM
        return self.camera.unproject(uvz)


def view_camera(camera: Camera) -> tuple[Camera, int]:
    """The camera of a frame's view, and its stride: every so many pixels of the frame one is taken, the middle one."""
    stride = max(1, -(-camera.width // VIEW_WIDTH), -(-camera.height // VIEW_HEIGHT))
    middle = _middle(camera, stride)
    small = Camera(
        camera.fx / stride,
        camera.fy / stride,
        (camera.cx - middle) / stride,
        (camera.cy - middle) / stride,
        len(range(middle, camera.width, stride)),
        len(range(middle, camera.height, stride)),
        camera.depth_unit_mm,
    )
    return small, stride


def encode(depth_mm: NDArray[np.floating]) -> Floats:
    """(h, w) mm, 0 = no reading (NaN and infinities count as none), of a view's camera -> (128, 160) image."""
    image = np.full((VIEW_HEIGHT, VIEW_WIDTH), NOTHING, np.float32)
    with np.errstate(invalid="ignore"):
        near = np.clip((depth_mm - MIDDLE_MM) / HALF_MM, -1.0, FARTHEST)
        image[: depth_mm.shape[0], : depth_mm.shape[1]] = np.where((depth_mm > 0) & (depth_mm < np.inf), near, NOTHING)
    return image


def view(depth_mm: NDArray[np.floating], camera: Camera) -> View:
    """The view of a depth frame (H, W) mm.

    Raises:
        ThenarError: the frame isn't of the camera's size.
    """
    if depth_mm.shape != (camera.height, camera.width):
        raise ThenarError(
            f"frame is {depth_mm.shape[1]}x{depth_mm.shape[0]} but the camera {camera.width}x{camera.height}",
            fix="use the camera.json that belongs to these frames",
        )
    small, stride = view_camera(camera)
    middle = _middle(camera, stride)
    return View(encode(depth_mm[middle::stride, middle::stride]), small)


def _middle(camera: Camera, stride: int) -> int:
    """The first row and column that are taken; a frame narrower than half a stride has no later one."""
    return min(stride // 2, camera.width - 1, camera.height - 1)
