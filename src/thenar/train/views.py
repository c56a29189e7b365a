"""What training a locator asks of its data."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_HANDS: Final = 2
NOBODY, RIGHT, LEFT, UNCLEAR = 0, 1, 2, 3
"""What a row of a batch's `side` says: no hand, one of either side, or one too hidden to ask for."""


class ViewBatch(NamedTuple):
    """B views with up to two hands each.

    images: (B, 1, 128, 160) float32, see `hand.view`. uvd: (B, 2, 3) float32 the mean of each hand's joints: column and
    row in the view's pixels, depth value. radius_px: (B, 2) float32 half the palm's length, as seen. side: (B, 2).
    """

    images: NDArray[np.float32]
    uvd: NDArray[np.float32]
    radius_px: NDArray[np.float32]
    side: NDArray[np.int64]
