"""The same two hands before one sensor after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from thenar.data import sensors
from thenar.data.duet import Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import actor
from thenar.data.torture.scenery import person, scene, wall
from thenar.data.torture.sequence import Torture

SEED: Final = 8_400
TURNS: Final = ("sr305", "oakd", "kinect1", "d435")
FRAMES: Final = 30
"""What each sensor sees before the next takes over."""


def switching() -> Iterator[Frame]:
    """Nobody stops for the change: the motion goes on, the picture is another."""
    count = FRAMES * len(TURNS)
    right = actor("right", SEED, count, [(0, (140, 20, 600)), (2, (120, -20, 560)), (4, (150, 0, 620))])
    left = actor("left", SEED + 1, count, [(0, (-150, 0, 620)), (2, (-120, 10, 640)), (4, (-140, -10, 580))])
    behind = scene(person((0, -190, 950)), wall(1900))
    for turn, name in enumerate(TURNS):
        duet = Duet(sensors.SENSORS[name], (right, left), SEED, behind)
        for index in range(turn * FRAMES, (turn + 1) * FRAMES):
            yield duet.frame(index)


ALL: Final = (Torture("sensor switching", "two hands, another sensor every second", switching),)
