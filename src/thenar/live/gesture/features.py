"""A hand as a row of numbers that a classifier can learn from: its shape, and which way it is turned."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.hand.palm import palm_axes, wrist_relative
from thenar.live.gesture.strength import palm_length

FEATURES: Final = 66


def features(joints_mm: NDArray[np.floating], side: str) -> NDArray[np.float64]:
    """Joints (21, 3) mm of a `side` hand -> (66,): the 20 joints beyond the wrist in the hand's own axes as shares of
    the palm's length, then where the wrist and the back of the hand point in the camera's frame (unit vectors).

    Neither place nor size of the hand matters, and a left hand gives what its mirror image would. Raises ThenarError
    as `palm_axes`.
    """
    shape = wrist_relative(joints_mm, side)[1:].astype(np.float64) / palm_length(joints_mm)
    turned = palm_axes(joints_mm, side)[1:].astype(np.float64)
    turned[:, 0] *= 1 if side == "right" else -1
    return np.concatenate([shape.ravel(), turned.ravel()])
