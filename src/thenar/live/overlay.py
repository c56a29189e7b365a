"""Pictures of a tracked frame: depth in grey, the skeleton over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from thenar.hand.camera import Camera
from thenar.hand.skeleton import BONES, FINGERS, JOINT_COUNT

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
    """(H, W) depth in mm and joints in mm -> an RGB picture of the same size.

    joints_mm: of one hand (21, 3), of several (N, 21, 3), or None, camera frame.

    Near is bright; the grey range follows the hands, so that fingers can be told from the palm.
    """
    hands = np.zeros((0, JOINT_COUNT, 3)) if joints_mm is None else np.reshape(joints_mm, (-1, JOINT_COUNT, 3))
    z = np.nan_to_num(np.asarray(depth_mm, np.float32), nan=0, posinf=0, neginf=0)
    seen = z[z > 0]
    focus = float(hands[..., 2].mean()) if len(hands) else float(np.median(seen)) if len(seen) else 1000.0
    near, far = focus - BEFORE_MM, focus + BEHIND_MM
    grey = np.where(z > 0, np.clip(235 - (z - near) / (far - near) * 200, 35, 235), 0).astype(np.uint8)
    picture = Image.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for joints in hands:
        if bool(np.all(joints[:, 2] > 0)):
            _draw(draw, camera.project(joints)[:, :2])
    if caption:
        draw.text((6, 4), caption, fill=(255, 255, 255))
    return picture


def _draw(draw: ImageDraw.ImageDraw, pixels: NDArray[np.floating]) -> None:
    """The skeleton of one hand, (21, 2) pixels."""
    points = [(float(u), float(v)) for u, v in pixels]
    for parent, child in BONES:
        draw.line([points[parent], points[child]], fill=_COLOUR_OF_JOINT[child], width=3)
    for j, (u, v) in enumerate(points):
        r = 3
        draw.ellipse([u - r, v - r, u + r, v + r], fill=_COLOUR_OF_JOINT.get(j, (255, 255, 255)))
