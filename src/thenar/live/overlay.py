"""Pictures of a tracked frame: depth in grey, the skeleton over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from thenar.hand.camera import Camera
from thenar.hand.skeleton import BONES, FINGERS

FINGER_COLOURS = {
    "thumb": (255, 99, 72),
    "index": (255, 190, 60),
    "middle": (120, 220, 90),
    "ring": (80, 190, 255),
    "little": (190, 130, 255),
}
_COLOUR_OF_JOINT = {j: FINGER_COLOURS[name] for name, joints in FINGERS.items() for j in joints}
BEHIND_MM, BEFORE_MM = 300.0, 150.0


def overlay(
    depth_mm: NDArray[np.floating], camera: Camera, joints_mm: NDArray[np.floating] | None, caption: str = ""
) -> Image.Image:
    """(H, W) depth in mm and (21, 3) joints in mm, camera frame (None: no hand) -> an RGB picture of the same size.

    Near is bright; the grey range follows the hand, so that fingers can be told from the palm.
    """
    z = np.nan_to_num(np.asarray(depth_mm, np.float32), nan=0, posinf=0, neginf=0)
    seen = z[z > 0]
    focus = float(joints_mm[:, 2].mean()) if joints_mm is not None else float(np.median(seen)) if len(seen) else 1000.0
    near, far = focus - BEFORE_MM, focus + BEHIND_MM
    grey = np.where(z > 0, np.clip(235 - (z - near) / (far - near) * 200, 35, 235), 0).astype(np.uint8)
    picture = Image.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(picture)
    if joints_mm is not None and bool(np.all(joints_mm[:, 2] > 0)):
        points = [(float(u), float(v)) for u, v in camera.project(joints_mm)[:, :2]]
        for parent, child in BONES:
            draw.line([points[parent], points[child]], fill=_COLOUR_OF_JOINT[child], width=3)
        for j, (u, v) in enumerate(points):
            r = 3
            draw.ellipse([u - r, v - r, u + r, v + r], fill=_COLOUR_OF_JOINT.get(j, (255, 255, 255)))
    if caption:
        draw.text((6, 4), caption, fill=(255, 255, 255))
    return picture
