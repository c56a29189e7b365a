"""A hand that lies on a table and slides over it, the camera above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from thenar.data import sensors
from thenar.data.duet import Actor, Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import actor
from thenar.data.torture.scenery import bottle, box, scene, table_top
from thenar.data.torture.sequence import Torture, rendered

SEED: Final = 8_600
TABLE_MM: Final = 700.0
VIEW_DEG: Final = np.array([180.0, 12.0, 20.0], np.float32)
"""The back of the hand, its forearm a little off the table."""


def on_table() -> Iterator[Frame]:
    """In every pose whatever of the hand is deepest touches the table."""
    sensor = sensors.SENSORS["oakd"]
    around = scene(
        table_top(TABLE_MM, 420),
        box((-210, -110, 680), (60, 45, 20)),
        bottle((230, -120, 660), 35, 40),
        table_top(1400, 3000),
    )
    hand = actor("right", SEED, 90, [(0, (60, 20, 600)), (1.4, (-60, 40, 600)), (2.8, (110, -20, 600))], VIEW_DEG)
    return rendered(Duet(sensor, (_lying(hand, Duet(sensor, (hand,), SEED, around)),), SEED, around))


def _lying(hand: Actor, scene: Duet) -> Actor:
    centers = hand.motion.centers_mm.copy()
    for index in range(len(hand.motion)):
        centers[index, 2] += TABLE_MM - scene.posed(hand, index).vertices[:, 2].max()
    return replace(hand, motion=replace(hand.motion, centers_mm=centers))


ALL: Final = (Torture("hand on a table", "a hand on a table seen from above, its back to the camera", on_table),)
