"""Two hands of one person: beside each other, crossing, and as near as makes them hard to tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from thenar.data import sensors
from thenar.data.duet import Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import Stop, actor
from thenar.data.torture.scenery import person, scene, wall
from thenar.data.torture.sequence import Torture, rendered

SEED: Final = 8_100
BEHIND: Final = scene(person((0, -190, 900)), wall(1600))


def apart() -> Iterator[Frame]:
    """Nothing is hidden: what the other sequences are to be compared with."""
    right = actor("right", SEED, 60, [(0, (150, 20, 500)), (1, (130, -20, 460)), (2, (160, 0, 540))])
    left = actor("left", SEED + 1, 60, [(0, (-150, 0, 480)), (1, (-140, 30, 530)), (2, (-150, -10, 460))])
    return rendered(Duet(sensors.SENSORS["sr305"], (right, left), SEED, BEHIND))


def crossing() -> Iterator[Frame]:
    """To the other side and back, the right hand 150 mm before the left one."""
    right = actor("right", SEED + 2, 120, [(0.2, (150, 0, 450)), (1.8, (-150, 10, 450)), (3.6, (150, 0, 450))])
    left = actor("left", SEED + 3, 120, [(0.2, (-150, 0, 600)), (1.8, (150, -10, 600)), (3.6, (-150, 0, 600))])
    return rendered(Duet(sensors.SENSORS["sr305"], (right, left), SEED + 2, BEHIND))


def close() -> Iterator[Frame]:
    """Side by side at one distance, coming nearer, staying so, parting."""
    right = actor("right", SEED + 4, 120, [(0, (170, 0, 620)), *_meeting(68), (4, (170, 0, 620))])
    left = actor("left", SEED + 5, 120, [(0, (-170, 0, 620)), *_meeting(-68), (4, (-170, 0, 620))])
    return rendered(Duet(sensors.SENSORS["azure"], (right, left), SEED + 4, BEHIND))


def _meeting(x: float) -> list[Stop]:
    return [(1.2, (x, 0, 620)), (2.6, (x, 0, 620))]


ALL: Final = (
    Torture("two hands", "both in full view, beside each other", apart),
    Torture("crossing", "two hands cross twice, one 150 mm before the other", crossing),
    Torture("close", "two hands side by side, coming near each other and parting", close),
)
