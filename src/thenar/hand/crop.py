"""A cube of space around a hand, seen as a 128x128 image in [-1, 1], and back to millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.camera import Camera

Floats = NDArray[np.float32]

CROP_SIZE = 128
CUBE_MM = 280.0
BACKGROUND = 1.0


@dataclass(frozen=True)
class Crop:
    """A depth image of a cube and the way back to the camera.

    image: (128, 128) float32 in [-1, 1]; -1 is the cube's near face, +1 its far face, background and holes.
    center_mm: (3,) the cube's centre in the camera frame, mm; cube_mm: its side.
    mirrored: the image was flipped left-right (a left hand made to look like a right one); after that it was turned
    counter-clockwise by `turns` quarters.

    uvd: a point in the crop, each axis in [-1, 1]: u right and v down over the image (pixel *edges* at -1 and +1),
    d over the cube's depth.
    """

    image: Floats
    camera: Camera
    center_mm: tuple[float, float, float]
    cube_mm: float
    mirrored: bool = False
    turns: int = 0

    def to_uvd(self, joints_mm: NDArray[np.floating]) -> Floats:
        """(..., 3) mm in the camera frame -> (..., 3) uvd."""
        uvz = self.camera.project(joints_mm).astype(np.float64)
        origin, half = _window(self.camera, self.center_mm, self.cube_mm)
        uvd = (uvz - origin) / half
        if self.mirrored:
            uvd[..., 0] *= -1
        for _ in range(self.turns):
            uvd[..., 0], uvd[..., 1] = uvd[..., 1].copy(), -uvd[..., 0]
        return uvd.astype(np.float32)

    def to_mm(self, uvd: NDArray[np.floating]) -> Floats:
        """(..., 3) uvd -> (..., 3) mm in the camera frame; the exact inverse of `to_uvd`."""
        origin, half = _window(self.camera, self.center_mm, self.cube_mm)
        uvz = np.array(uvd, np.float64)
        for _ in range(self.turns):
            uvz[..., 0], uvz[..., 1] = -uvz[..., 1], uvz[..., 0].copy()
        if self.mirrored:
            uvz[..., 0] *= -1
        return self.camera.unproject(uvz * half + origin)

    def flipped(self) -> Crop:
        """The same cube seen in a mirror: what was a left hand looks like a right one."""
        image = np.ascontiguousarray(self.image[:, ::-1])
        return Crop(image, self.camera, self.center_mm, self.cube_mm, not self.mirrored, -self.turns % 4)

    def turned(self, quarters: int) -> Crop:
        """The same cube with its image turned counter-clockwise by so many quarters; no pixel is interpolated."""
        half = quarters % 4 == 2  # a half turn is the pixels in reverse, which is copied faster
        image = self.image.ravel()[::-1].reshape(self.image.shape) if half else np.rot90(self.image, quarters)
        image = np.ascontiguousarray(image)
        return Crop(image, self.camera, self.center_mm, self.cube_mm, self.mirrored, (self.turns + quarters) % 4)


def crop_hand(
    depth_mm: NDArray[np.floating], camera: Camera, center_mm: NDArray[np.floating], cube_mm: float = CUBE_MM
) -> Crop:
    """Cut the cube around `center_mm` out of a depth frame.

    depth_mm: (H, W) mm, 0 = no reading (NaN and infinities count as none). center_mm: (3,) mm, camera frame.
    Pixels outside the frame, holes and everything behind the cube become +1; what lies before it becomes +1 too.
    The pixel under each of the 128x128 cell centres is taken (nearest), so no depth is invented at edges.

    Raises:
        ThenarError: the centre is not in front of the camera, the cube has no size, or the frame's shape is not the
            camera's.
    """
    center = (float(center_mm[0]), float(center_mm[1]), float(center_mm[2]))
    if not np.all(np.isfinite(center)) or center[2] <= 0:
        raise ThenarError(f"crop centre {center} is not in front of the camera", fix="give x y z in mm with z > 0")
    if not 0 < cube_mm < np.inf:
        raise ThenarError(f"crop cube of {cube_mm} mm", fix="give its side in mm, above 0")
    if depth_mm.shape != (camera.height, camera.width):
        raise ThenarError(
            f"frame is {depth_mm.shape[1]}x{depth_mm.shape[0]} but the camera {camera.width}x{camera.height}",
            fix="use the camera.json that belongs to these frames",
        )
    origin, half = _window(camera, center, cube_mm)
    cell = (np.arange(CROP_SIZE) + 0.5) * (2 / CROP_SIZE) - 1
    u = np.floor(cell * half[0] + origin[0] + 0.5)
    v = np.floor(cell * half[1] + origin[1] + 0.5)
    inside_u = (u >= 0) & (u < camera.width)
    inside_v = (v >= 0) & (v < camera.height)
    columns = np.where(inside_u, u, 0).astype(np.intp)
    rows = np.where(inside_v, v, 0).astype(np.intp)
    z = depth_mm.take(rows, axis=0).take(columns, axis=1).astype(np.float32, copy=False)
    with np.errstate(invalid="ignore"):
        image = (z - np.float32(center[2])) / np.float32(cube_mm / 2)
        image[~((z > 0) & (np.abs(image) <= 1))] = BACKGROUND
    image[~inside_v] = BACKGROUND
    image[:, ~inside_u] = BACKGROUND
    return Crop(image, camera, center, float(cube_mm))


def _window(
    camera: Camera, center_mm: tuple[float, float, float], cube_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Origin and half-extent of the cube in (u px, v px, z mm): uvd = (uvz - origin) / half."""
    x, y, z = center_mm
    origin = np.array([x * camera.fx / z + camera.cx, y * camera.fy / z + camera.cy, z])
    half = np.array([camera.fx / z, camera.fy / z, 1.0]) * (cube_mm / 2)
    return origin, half
