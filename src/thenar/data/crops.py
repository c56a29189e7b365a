"""The crop of `hand.crop`, compiled: the same pixels, many thousand times a second."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit
from thenar.hand.camera import Camera
from thenar.hand.crop import BACKGROUND, CROP_SIZE

Floats = NDArray[np.float32]


def crop_into(
    out: Floats, depth_mm: Floats, camera: Camera, center_mm: Floats, cube_mm: float, mirrored: bool = False
) -> None:
    """Write into `out` (128, 128) the image of `crop_hand(depth_mm, camera, center_mm, cube_mm)`, or its mirror.

    depth_mm (h, w) float32 mm, finite, 0 = no reading; center_mm (3,) mm in front of the camera.
    """
    x, y, z = (float(v) for v in center_mm)
    half = cube_mm / 2
    origin_u, origin_v = x * camera.fx / z + camera.cx, y * camera.fy / z + camera.cy
    _crop(out, depth_mm, origin_u, origin_v, camera.fx / z * half, camera.fy / z * half, z, half, mirrored)


@jit
def _crop(
    out: Floats,
    depth: Floats,
    origin_u: float,
    origin_v: float,
    half_u: float,
    half_v: float,
    center_z: float,
    half_z: float,
    mirrored: bool,
) -> None:
    height, width = depth.shape
    columns = np.empty(CROP_SIZE, np.int64)
    for j in range(CROP_SIZE):
        cell = (j + 0.5) * (2 / CROP_SIZE) - 1
        u = floor(cell * half_u + origin_u + 0.5)
        columns[CROP_SIZE - 1 - j if mirrored else j] = u if 0 <= u < width else -1
    near, scale = np.float32(center_z), np.float32(half_z)
    for i in range(CROP_SIZE):
        cell = (i + 0.5) * (2 / CROP_SIZE) - 1
        v = floor(cell * half_v + origin_v + 0.5)
        if not 0 <= v < height:
            out[i] = np.float32(BACKGROUND)
            continue
        row = depth[int(v)]
        for j in range(CROP_SIZE):
            value = np.float32(BACKGROUND)
            if columns[j] >= 0:
                z = row[columns[j]]
                d = (z - near) / scale
                if z > np.float32(0) and abs(d) <= np.float32(1):
                    value = d
            out[i, j] = value
