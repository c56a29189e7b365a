"""A hand that leaves the picture and comes back from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from thenar.data import sensors
from thenar.data.duet import Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import actor
from thenar.data.torture.scenery import person, scene, wall
from thenar.data.torture.sequence import Torture, rendered

SEED: Final = 8_300


def leaving() -> Iterator[Frame]:
    """Out on the right, back from below after a second, and out on the left; a left hand does the like meanwhile."""
    right = [
        (0.3, (60, 0, 430)),
        (1.0, (640, 30, 430)),
        (1.6, (200, 480, 430)),
        (2.4, (120, 0, 480)),
        (3.6, (140, 20, 480)),
    ]
    left = [(0.0, (-640, 0, 470)), (2.4, (-640, 0, 470)), (3.2, (-120, 10, 470)), (3.8, (-140, -10, 500))]
    hands = actor("right", SEED, 120, right), actor("left", SEED + 1, 120, left)
    return rendered(Duet(sensors.SENSORS["d435"], hands, SEED, scene(person((0, -170, 850)), wall(1900))))


ALL: Final = (Torture("leaving", "a hand leaves the picture and comes back, another comes", leaving),)
