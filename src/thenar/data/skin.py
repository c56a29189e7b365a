"""Skinning: the surface follows the segments it hangs on, and half turns where joints bend."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit
from thenar.data.kinematics import FOREARM, SEGMENT_COUNT
from thenar.hand.skeleton import JOINT_COUNT, PARENTS

Floats = NDArray[np.float32]

BEND: Final = SEGMENT_COUNT
"""Transform BEND + j turns by half of what joint j does, about that joint."""

_TRANSFORM_COUNT: Final = BEND + JOINT_COUNT
_ABOVE: Final = np.array([FOREARM if p < 0 else p for p in PARENTS], np.int64)


@jit
def skin(
    vertices: Floats,
    joints: Floats,
    weights: Floats,
    weight_joints: NDArray[np.int8],
    rotations: Floats,
    positions: Floats,
    out: Floats,
) -> None:
    """Write the posed surface into `out` (V, 3) mm: sum over a vertex's transforms of w (R (v - joint) + position).

    vertices (V, 3) and joints (21, 3): at rest, mm. weights (V, 4): falling along a row, sum 1. weight_joints (V, 4):
    the transforms they belong to, see `mesh.HandMesh`. rotations (22, 3, 3) and positions (21, 3): from
    `kinematics.forward` or, for a result in the camera's frame, `kinematics.place`. All float32. `out` may be
    `vertices` itself.

    Source: Magnenat-Thalmann et al., Joint-dependent local deformations for hand animation (1988). Half turns, which
    keep bent joints from caving in: Mohr & Gleicher, Building efficient, accurate character skins from examples (2003).
    """
    move = np.empty((_TRANSFORM_COUNT, 12), np.float32)  # each row: R as 9 numbers, then the translation
    for k in range(SEGMENT_COUNT):
        for r in range(3):
            for c in range(3):
                move[k, 3 * r + c] = rotations[k, r, c]
    for j in range(JOINT_COUNT):
        _half_turn(rotations[_ABOVE[j]], rotations[j], move[BEND + j])
    for k in range(_TRANSFORM_COUNT):
        joint = 0 if k == FOREARM else k if k < FOREARM else k - BEND  # the forearm ends in the wrist
        m = move[k]
        x, y, z = joints[joint, 0], joints[joint, 1], joints[joint, 2]
        for r in range(3):
            m[9 + r] = positions[joint, r] - (m[3 * r] * x + m[3 * r + 1] * y + m[3 * r + 2] * z)

    zero = np.float32(0.0)
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        px, py, pz = zero, zero, zero
        for s in range(4):
            w = weights[i, s]
            if w == zero:
                break
            m = move[weight_joints[i, s]]
            px += w * (m[0] * x + m[1] * y + m[2] * z + m[9])
            py += w * (m[3] * x + m[4] * y + m[5] * z + m[10])
            pz += w * (m[6] * x + m[7] * y + m[8] * z + m[11])
        out[i, 0], out[i, 1], out[i, 2] = px, py, pz


@jit
def _half_turn(above: Floats, below: Floats, out: Floats) -> None:
    """Write the rotation half way from `above` (3, 3) to `below` (3, 3) into the first 9 of `out`, row by row.

    With L the turn between them, about the unit axis u by t < 180 degrees, and c = cos(t / 2):
    (I + L) / 2 = c H + (1 - c) u u^T, where H is the half turn; and the vector of L - L^T is 2 sin(t) u.
    """
    one, half = np.float32(1.0), np.float32(0.5)
    turn = np.empty((3, 3), np.float32)
    for r in range(3):
        for c in range(3):
            turn[r, c] = above[0, r] * below[0, c] + above[1, r] * below[1, c] + above[2, r] * below[2, c]
    cos = (turn[0, 0] + turn[1, 1] + turn[2, 2] - one) * half
    half_cos = np.sqrt(max((one + cos) * half, np.float32(0.01)))
    axis = np.empty(3, np.float32)
    axis[0], axis[1], axis[2] = turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]
    scale = one / (np.float32(16.0) * (one + half_cos) * half_cos * half_cos)
    for r in range(3):
        for c in range(3):
            mean = turn[r, c] * half + (half if r == c else np.float32(0.0))
            turn[r, c] = (mean - scale * axis[r] * axis[c]) / half_cos
    for r in range(3):
        for c in range(3):
            out[3 * r + c] = above[r, 0] * turn[0, c] + above[r, 1] * turn[1, c] + above[r, 2] * turn[2, c]
