"""A hand before its owner: beside the head, across the face, down over the chest and away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from thenar.data import sensors
from thenar.data.duet import Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import Stop, actor
from thenar.data.torture.scenery import person, scene, wall
from thenar.data.torture.sequence import Torture, rendered

SEED: Final = 8_200
HEAD_MM: Final = (0.0, -80.0, 800.0)

WAY: Final[list[Stop]] = [
    (0.3, (190, -60, 640)),
    (1.2, (10, -60, 590)),
    (1.8, (-10, -40, 600)),
    (2.6, (20, 160, 610)),
    (3.1, (-10, 190, 600)),
    (3.8, (200, 100, 640)),
]


def over_body() -> Iterator[Frame]:
    """The face is 60 mm behind the deepest fingertip, the chest as near."""
    hand = actor("right", SEED, 120, WAY)
    return rendered(Duet(sensors.SENSORS["kinect2"], (hand,), SEED, scene(person(HEAD_MM), wall(2200))))


ALL: Final = (Torture("hand over face", "a hand crosses its owner's face and chest", over_body),)
