"""Linear blend skinning: the surface follows the segments it hangs on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit
from thenar.data.kinematics import FOREARM, SEGMENT_COUNT

Floats = NDArray[np.float32]


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
    """Write the posed surface into `out` (V, 3) mm: sum over a vertex's segments of w (R (v - joint) + position).

    `vertices` (V, 3) and `joints` (21, 3) are at rest in mm; `weights` (V, 4) fall along a row, sum to 1 and belong to
    the segments `weight_joints` (V, 4); `rotations` (22, 3, 3) and `positions` (21, 3) come from `kinematics.forward` or
    `kinematics.place`, in whose frame the result lies. All float32. `out` may be `vertices` itself.

    Source: Magnenat-Thalmann et al., Joint-dependent local deformations for hand animation (1988).
    """
    move = np.empty((SEGMENT_COUNT, 12), np.float32)  # each row: R as 9 numbers, then the translation
    for k in range(SEGMENT_COUNT):
        anchor = 0 if k == FOREARM else k  # the forearm ends in the wrist
        for r in range(3):
            a, b, c = rotations[k, r, 0], rotations[k, r, 1], rotations[k, r, 2]
            move[k, 3 * r], move[k, 3 * r + 1], move[k, 3 * r + 2] = a, b, c
            move[k, 9 + r] = positions[anchor, r] - (
                a * joints[anchor, 0] + b * joints[anchor, 1] + c * joints[anchor, 2]
            )
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
