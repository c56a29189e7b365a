"""Which reading is of which hand: what is told twice, and which candidate is a hand that was lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAME_HAND_MM: Final = 20.0
"""Mean distance from a joint to the nearest joint of another reading, below which both are of one hand.

Readings of one hand as a right and as a left one are nearer than this; two hands 50 mm apart are not.
"""


def apart_mm(one: Floats, other: Floats) -> float:
    """(21, 3) and (21, 3) mm -> mean distance from each joint to the nearest one of the other hand, both ways.

    The order of the joints plays no part, because a hand that is read as the other one has them in other places
    (chamfer distance).
    """
    squared = np.sum((one[:, None] - other[None]) ** 2, axis=2)
    return float(np.sqrt(squared.min(axis=0)).mean() + np.sqrt(squared.min(axis=1)).mean()) / 2


def told_twice(readings: Sequence[Floats], belief: Sequence[float]) -> set[int]:
    """Indices of readings (21, 3) that another one explains which is believed more (of equals, the earlier one)."""
    order = sorted(range(len(readings)), key=lambda i: -belief[i])
    kept: list[int] = []
    dropped: set[int] = set()
    for i in order:
        if any(apart_mm(readings[i], readings[k]) < SAME_HAND_MM for k in kept):
            dropped.add(i)
        else:
            kept.append(i)
    return dropped


def nearest(places_mm: Sequence[Floats], center_mm: Floats, reach_mm: Sequence[float]) -> int | None:
    """Index of the place (3,) nearest to a centre among those that it lies within reach of; None if there is none."""
    distance = [float(np.linalg.norm(place - center_mm)) for place in places_mm]
    within = [i for i in range(len(distance)) if distance[i] <= reach_mm[i]]
    return min(within, key=lambda i: distance[i], default=None)
