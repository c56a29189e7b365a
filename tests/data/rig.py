"""A hand of plain sticks: joints by anthropometry in the hand frame, axes by construction. No mesh needed."""

from __future__ import annotations

import numpy as np

RADIAL, PROXIMAL, DORSAL = np.eye(3)
_MCPS = ((25, -90, 0), (4, -93, 0), (-14, -87, 0), (-31, -77, 0))
_PHALANGES = ((44, 26, 22), (49, 30, 23), (45, 28, 23), (35, 20, 21))


def stick_hand() -> tuple[np.ndarray, np.ndarray]:
    """Rest joints (21, 3) mm and axes (21, 3, 3), rows flex, abduct, twist: straight fingers, thumb 45 degrees out."""
    joints, axes = np.zeros((21, 3)), np.zeros((21, 3, 3))
    axes[:] = RADIAL, DORSAL, -PROXIMAL
    thumb = np.sqrt(0.5) * (RADIAL - PROXIMAL)
    joints[1] = 22, -22, -6
    axes[1] = -DORSAL, np.cross(thumb, -DORSAL), thumb
    bend = np.cos(np.radians(40)) * axes[1, 0] + np.sin(np.radians(40)) * axes[1, 1]
    axes[2:5] = bend, np.cross(thumb, bend), thumb
    for k, length in enumerate((45, 33, 28)):
        joints[2 + k] = joints[1 + k] + length * thumb
    for finger, (mcp, lengths) in enumerate(zip(_MCPS, _PHALANGES, strict=True)):
        j = 5 + 4 * finger
        joints[j] = mcp
        for k, length in enumerate(lengths):
            joints[j + k + 1] = joints[j + k] - length * PROXIMAL
    return joints.astype(np.float32), axes.astype(np.float32)
