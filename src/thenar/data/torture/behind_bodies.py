"""A hand behind things: bottles, boxes and somebody's arm, all of them nearer to the camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from thenar.data import sensors
from thenar.data.duet import Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import actor
from thenar.data.torture.scenery import ball, bottle, box, limb, person, scene, wall
from thenar.data.torture.sequence import Torture, rendered

SEED: Final = 8_700


def behind_bodies() -> Iterator[Frame]:
    """Six things nearer than the hand, none of them before it."""
    things = (
        bottle((-230, 90, 540), 36, 110),
        bottle((240, 150, 560), 30, 90),
        box((-60, 250, 560), (110, 40, 30)),
        box((300, -160, 600), (50, 60, 40)),
        ball((-270, -150, 580), 55),
        limb((-420, -260, 640), (-330, 40, 620), 45),
    )
    hand = actor("left", SEED, 90, [(0, (-60, -20, 760)), (1.4, (90, 0, 740)), (2.8, (-40, -60, 780))])
    around = scene(*things, person((60, -260, 1050)), wall(2300))
    return rendered(Duet(sensors.SENSORS["azure"], (hand,), SEED, around))


ALL: Final = (Torture("bodies nearer", "six things nearer to the camera than the hand", behind_bodies),)
