"""Which hand poses are kept from training: a tenth of a coarse grid over poses, and all that is near a few gestures."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import gestures
from thenar.data.jit import jit
from thenar.data.limits import UPPER, Angles

CURL_LEVELS: Final = 4
SPREAD_LEVELS: Final = 3
CELLS: Final = CURL_LEVELS**5 * SPREAD_LEVELS
"""Each finger's curl in four levels and the spread of the four fingers in three: 3,072 cells."""

HELD_OUT_SHARE: Final = 0.1
_SALT: Final = 2137
"""Chosen so that the held-out cells hold a tenth of what is drawn too, and no gesture meant for training."""

_SPREAD_STEPS: Final = np.radians([12.0, 26.0])
_NEAR_GESTURE: Final = float(np.radians(25.0))


def _held_out_cells() -> NDArray[np.bool_]:
    """(CELLS,) whether a cell is held out: the high bits of a multiplicative hash (Knuth, TAOCP 3, 6.4)."""
    cells = np.arange(CELLS, dtype=np.uint64) + np.uint64(_SALT * CELLS)
    mixed = (cells * np.uint64(0x9E3779B97F4A7C15)) ^ (cells * np.uint64(0xC2B2AE3D27D4EB4F) >> np.uint64(29))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(40)).astype(np.float64) / 2**24 < HELD_OUT_SHARE


_HELD_OUT: Final = _held_out_cells()
_GESTURES: Final = gestures.named(gestures.HELD_OUT)
_BENDS: Final = np.array([1, 2, 5, 6, 9, 10, 13, 14, 17, 18])


@jit
def cell(angles: Angles) -> int:
    """Cell of angles (21, 3) in [0, CELLS): curl of thumb, index, middle, ring, little, then spread."""
    code = 0
    for root in range(1, 21, 4):
        bent = angles[root, 0] + angles[root + 1, 0]
        most = UPPER[root, 0] + UPPER[root + 1, 0]
        if root == 1:
            bent += angles[3, 0]
            most += UPPER[3, 0]
        level = int(CURL_LEVELS * min(max(bent / most, 0.0), 0.999))
        code = code * CURL_LEVELS + level
    spread = angles[5, 1] - angles[17, 1]
    level = 0
    for step in _SPREAD_STEPS:
        level += int(spread > step)
    return code * SPREAD_LEVELS + level


@jit
def near_held_out_gesture(angles: Angles) -> bool:
    """Tell whether all large joints of angles (21, 3) are within 25 degrees of a held-out gesture's."""
    for g in range(_GESTURES.shape[0]):
        near = True
        for j in _BENDS:
            if abs(angles[j, 0] - _GESTURES[g, j, 0]) > _NEAR_GESTURE:
                near = False
                break
        if near and abs(angles[1, 1] - _GESTURES[g, 1, 1]) < _NEAR_GESTURE:
            return True
    return False


@jit
def is_held_out(angles: Angles) -> bool:
    """Tell whether training must never see the pose `angles` (21, 3), in radians."""
    return bool(_HELD_OUT[cell(angles)]) or near_held_out_gesture(angles)
