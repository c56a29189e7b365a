"""Forward kinematics of the hand: anatomical angles to rotations and joint positions."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit
from thenar.hand.skeleton import JOINT_COUNT, PARENTS

Floats = NDArray[np.float32]

SEGMENT_COUNT: Final = JOINT_COUNT + 1
"""One rigid segment below each joint, and the forearm."""

FOREARM: Final = JOINT_COUNT
"""Row of the forearm in every array of segments. It is the root: angles never move it."""

_PARENTS: Final = np.array(PARENTS, np.int64)


@jit
def forward(joints: Floats, axes: Floats, angles: Floats) -> tuple[Floats, Floats]:
    """Pose a hand: (21, 3) mm joints at rest, (21, 3, 3) axes, (21, 3) radians -> (22, 3, 3) rotations, (21, 3) mm.

    Everything is in the hand's frame (see `mesh.HandMesh`) and float32. Row j of `axes` holds joint j's unit axes at
    rest as rows: flex, abduct, twist; they are orthonormal and right-handed. Row j of `angles` turns the segment below
    joint j, and all that hangs on it, by R = Rot(flex) Rot(abduct) Rot(twist): abduction happens in the plane that
    flexion has turned, twist is about the bone itself. Angles of fingertips have no effect on any position. Row 21 of
    the rotations is the forearm's and the identity; row 0 of the positions is the wrist and stays in its place.

    Source: the joint coordinate system of the International Society of Biomechanics for the hand and wrist (Wu et al.,
    J. Biomechanics 38, 2005): flexion about the proximal segment's axis, abduction floating, twist about the distal's.
    """
    rotations = np.empty((SEGMENT_COUNT, 3, 3), np.float32)
    positions = np.empty((JOINT_COUNT, 3), np.float32)
    for r in range(3):
        for c in range(3):
            rotations[FOREARM, r, c] = np.float32(1.0) if r == c else np.float32(0.0)
    local = np.empty((3, 3), np.float32)
    half = np.empty((3, 3), np.float32)
    for j in range(JOINT_COUNT):
        parent = _PARENTS[j]
        parent_row = parent if parent >= 0 else FOREARM

        # The rotation in the basis (flex, abduct, twist): Rx(flex) Ry(abduct) Rz(twist).
        sx, cx = np.sin(angles[j, 0]), np.cos(angles[j, 0])
        sy, cy = np.sin(angles[j, 1]), np.cos(angles[j, 1])
        sz, cz = np.sin(angles[j, 2]), np.cos(angles[j, 2])
        local[0, 0], local[0, 1], local[0, 2] = cy * cz, -cy * sz, sy
        local[1, 0], local[1, 1], local[1, 2] = cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy
        local[2, 0], local[2, 1], local[2, 2] = sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy

        # rotations[j] = rotations[parent] . axes^T . local . axes
        for r in range(3):
            for c in range(3):
                half[r, c] = local[r, 0] * axes[j, 0, c] + local[r, 1] * axes[j, 1, c] + local[r, 2] * axes[j, 2, c]
        for r in range(3):
            for c in range(3):
                local[r, c] = axes[j, 0, r] * half[0, c] + axes[j, 1, r] * half[1, c] + axes[j, 2, r] * half[2, c]
        up = rotations[parent_row]
        for r in range(3):
            for c in range(3):
                rotations[j, r, c] = up[r, 0] * local[0, c] + up[r, 1] * local[1, c] + up[r, 2] * local[2, c]

        if parent < 0:
            positions[j] = joints[j]
        else:
            dx = joints[j, 0] - joints[parent, 0]
            dy = joints[j, 1] - joints[parent, 1]
            dz = joints[j, 2] - joints[parent, 2]
            for r in range(3):
                positions[j, r] = positions[parent, r] + up[r, 0] * dx + up[r, 1] * dy + up[r, 2] * dz
    return rotations, positions


@jit
def place(rotations: Floats, positions: Floats, view: Floats, origin: Floats) -> tuple[Floats, Floats]:
    """Move a posed hand rigidly: (22, 3, 3), (21, 3) mm, a view (3, 3) and an origin (3,) mm -> the same two arrays.

    A point p of the hand's frame comes to lie at `view @ p + origin`; the results feed `skin.skin` as they are, which
    makes the view free of cost per vertex.
    """
    turned = np.empty_like(rotations)
    moved = np.empty_like(positions)
    for k in range(SEGMENT_COUNT):
        for r in range(3):
            for c in range(3):
                turned[k, r, c] = (
                    view[r, 0] * rotations[k, 0, c] + view[r, 1] * rotations[k, 1, c] + view[r, 2] * rotations[k, 2, c]
                )
    for j in range(JOINT_COUNT):
        for r in range(3):
            moved[j, r] = (
                view[r, 0] * positions[j, 0] + view[r, 1] * positions[j, 1] + view[r, 2] * positions[j, 2] + origin[r]
            )
    return turned, moved
