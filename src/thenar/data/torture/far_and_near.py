"""The smallest and the largest hand: a palm 40 pixels wide, and one of 250."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from thenar.data import sensors
from thenar.data.duet import Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import actor
from thenar.data.torture.scenery import person, scene, wall
from thenar.data.torture.sequence import Torture, rendered

SEED: Final = 8_500


def far() -> Iterator[Frame]:
    """At 1.2 m."""
    hand = actor("right", SEED, 90, [(0, (120, -60, 1200)), (1.4, (190, 40, 1180)), (3, (-60, 60, 1220))])
    around = scene(person((-40, -260, 1500)), wall(2400))
    return rendered(Duet(sensors.SENSORS["kinect1"], (hand,), SEED, around))


def near() -> Iterator[Frame]:
    """Nearly filling the picture."""
    hand = actor("left", SEED + 1, 60, [(0, (-30, 10, 290)), (1, (30, -10, 280)), (2, (0, 20, 320))])
    return rendered(Duet(sensors.SENSORS["sr305"], (hand,), SEED + 1, scene(person((0, -190, 800)), wall(1500))))


ALL: Final = (
    Torture("40-pixel hand", "a hand 1.2 m away, its palm 40 pixels wide", far),
    Torture("250-pixel hand", "a hand 0.3 m away", near),
)
