"""From a locator's maps to hands: the peaks of its heat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Peak:
    """uvd (3,): column, row and depth value in a view; score in [0, 1]; the side that the heat belongs to."""

    uvd: Floats
    score: float
    side: Literal["right", "left"]


def peaks(heat: Floats, uvd: Floats, least: float, most: int = 8) -> list[Peak]:
    """Heat (2, H, W) of right and left hands and places (3, H, W) -> at most `most` peaks, the hottest first.

    A peak is a cell as hot as any of its eight neighbours, of its own side, and at least `least`.
    """
    sides, found_rows, found_columns = np.nonzero(heat >= least)
    if not len(sides):
        return []
    padded = np.pad(heat, ((0, 0), (1, 1), (1, 1)), constant_values=-1.0)
    around = np.max([padded[sides, found_rows + r, found_columns + c] for r in range(3) for c in range(3)], axis=0)
    hottest = heat[sides, found_rows, found_columns] >= around
    sides, found_rows, found_columns = sides[hottest], found_rows[hottest], found_columns[hottest]
    scores = heat[sides, found_rows, found_columns]
    order = np.argsort(-scores, kind="stable")[:most]
    return [
        Peak(
            uvd[:, found_rows[i], found_columns[i]].astype(np.float32),
            float(scores[i]),
            "left" if sides[i] else "right",
        )
        for i in order
    ]
