"""The palm as a frame of reference: where it faces, and joints as seen from it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.skeleton import FINGERS, JOINT_COUNT, MCPS, WRIST

Floats = NDArray[np.float32]

_MCPS = np.array(MCPS)
_INDEX_MCP, _LITTLE_MCP = FINGERS["index"][0], FINGERS["little"][0]


def palm_axes(joints_mm: NDArray[np.floating], side: str) -> Floats:
    """(21, 3) mm -> (3, 3), unit rows in the frame of the joints: to the thumb's side, from the fingers to the wrist,
    from the palm to the back of the hand.

    For a right hand the rows are right-handed, for a left hand left-handed: both hands look alike in their own axes.

    Raises:
        ThenarError: not 21 joints, or an unknown side.
    """
    joints = np.asarray(joints_mm, np.float64)
    if joints.shape != (JOINT_COUNT, 3):
        raise ThenarError(f"joints are {joints.shape}", fix=f"give ({JOINT_COUNT}, 3) in mm")
    if side not in ("right", "left"):
        raise ThenarError(f"side {side!r}", fix="give right or left")
    down = _unit(joints[WRIST] - joints[_MCPS].sum(axis=0) / len(MCPS))
    across = joints[_INDEX_MCP] - joints[_LITTLE_MCP]
    across = _unit(across - down * (across @ down))
    (ax, ay, az), (dx, dy, dz) = across.tolist(), down.tolist()
    mirror = 1.0 if side == "right" else -1.0
    back = mirror * (ay * dz - az * dy), mirror * (az * dx - ax * dz), mirror * (ax * dy - ay * dx)
    return np.array((across, down, back), np.float32)


def palm_normal(joints_mm: NDArray[np.floating], side: str) -> Floats:
    """(3,) unit vector out of the palm, in the frame of the joints (21, 3)."""
    normal: Floats = -palm_axes(joints_mm, side)[2]
    return normal


def wrist_relative(joints_mm: NDArray[np.floating], side: str) -> Floats:
    """(21, 3) mm -> (21, 3) mm in the hand's own axes (`palm_axes`), the wrist at the origin."""
    joints = np.asarray(joints_mm, np.float32)
    own: Floats = (joints - joints[WRIST]) @ palm_axes(joints, side).T
    return own


def to_world(joints_mm: NDArray[np.floating], camera_to_world: NDArray[np.floating]) -> Floats:
    """(..., 3) mm in the camera frame -> (..., 3) mm in the world, by a rigid (4, 4) matrix with millimetres in its
    last column.

    Raises:
        ThenarError: the matrix is not rigid.
    """
    pose = np.asarray(camera_to_world, np.float64)
    rigid = pose.shape == (4, 4) and np.allclose(pose[3], (0, 0, 0, 1)) and np.isfinite(pose).all()
    if not rigid or not np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-4):
        raise ThenarError(
            "camera_to_world is not rigid", fix="give a (4, 4) matrix of a rotation and a translation in mm"
        )
    world: Floats = (np.asarray(joints_mm, np.float64) @ pose[:3, :3].T + pose[:3, 3]).astype(np.float32)
    return world


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction of a vector; of none, none."""
    length = math.sqrt(vector @ vector)
    return vector / length if length > 0 else vector
