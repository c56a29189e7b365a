"""Finger-spelled letters that stand still, for the worked example of a classifier of one's own (docs/gestures.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import mesh, shapes
from thenar.data.gestures import GESTURES, Finger, Thumb, pose_of
from thenar.data.kinematics import forward
from thenar.data.limits import clamp
from thenar.data.views import rotation

Floats = NDArray[np.float32]

_FIST: Final[tuple[Finger, ...]] = ((76, 1, 96, 58), (80, 0, 98, 58), (80, -2, 96, 58), (80, -3, 94, 58))
_RING, _LITTLE = _FIST[2:]
_OVER_RING: Final[Thumb] = (38, 36, -24, 32, 47)
_ROUND: Final[tuple[Finger, ...]] = ((49, 2, 50, 28), (51, 2, 53, 30), (54, 0, 53, 30), (56, -2, 50, 28))

TO_CAMERA: Final = (15.0, 12.0, 0.0)
SIDEWAYS: Final = (180.0, 5.0, 90.0)
DOWNWARD: Final = (180.0, 5.0, 170.0)
"""Yaw, pitch and roll in degrees (`thenar.data.views`): palm to the camera; back to it, fingers aside; fingers down."""


@dataclass(frozen=True)
class Letter:
    """angles (21, 3) radians as in `thenar.data.gestures`; view: yaw, pitch, roll in degrees that it is shown at."""

    angles: Floats
    view: tuple[float, float, float] = TO_CAMERA


_G: Final = pose_of((22, 8, -4, 2, 2), (8, 4, 5, 3), *_FIST[1:])
_K: Final = pose_of((20, 33, -14, 5, 5), (0, 10, 3, 2), (38, -4, 6, 4), _RING, _LITTLE)

LETTERS: Final[dict[str, Letter]] = {
    "a": Letter(pose_of((16, 2, -2, 4, 4), *_FIST)),
    "b": Letter(pose_of((31, 4, -12, 55, 74), (0, 0, 2, 2), (0, 0, 2, 2), (0, 1, 2, 2), (0, 3, 2, 2))),
    "c": Letter(pose_of((0, 38, -12, 12, 22), (28, 0, 38, 24), (28, 0, 40, 24), (28, 0, 40, 24), (28, 0, 38, 24))),
    "d": Letter(pose_of((25, 41, -20, 25, 34), (0, 4, 4, 3), *_ROUND[1:])),
    "e": Letter(pose_of((46, 36, -26, 30, 35), (46, 1, 94, 58), (46, 0, 94, 58), (46, -1, 94, 58), (46, -2, 92, 56))),
    "f": Letter(GESTURES["ok"]),
    "g": Letter(_G, SIDEWAYS),
    "h": Letter(pose_of(_OVER_RING, (2, -1, 3, 2), (2, 2, 3, 2), _RING, _LITTLE), SIDEWAYS),
    "i": Letter(GESTURES["little"]),
    "k": Letter(_K),
    "l": Letter(GESTURES["gun"]),
    "m": Letter(pose_of((50, 34, -26, 20, 20), (66, 1, 40, 34), (66, 0, 40, 34), (66, -2, 40, 34), _LITTLE)),
    "n": Letter(pose_of((34, 42, -24, 20, 20), (72, 1, 62, 34), (74, 0, 64, 34), _RING, _LITTLE)),
    "o": Letter(pose_of((26, 36, -18, 22, 30), *_ROUND)),
    "p": Letter(_K, DOWNWARD),
    "q": Letter(_G, DOWNWARD),
    "r": Letter(GESTURES["crossed"]),
    "s": Letter(GESTURES["fist"]),
    "t": Letter(pose_of((14, 36, -12, 24, 8), (66, 4, 80, 40), *_FIST[1:])),
    "u": Letter(pose_of(_OVER_RING, (0, -1, 3, 2), (2, 2, 3, 2), _RING, _LITTLE)),
    "v": Letter(GESTURES["victory"]),
    "w": Letter(GESTURES["three"]),
    "x": Letter(pose_of((10, 14, -5, 49, 34), (14, 2, 78, 46), *_FIST[1:])),
    "y": Letter(GESTURES["call"]),
}
"""The letters of the American manual alphabet but J and Z, which are drawn in the air. Hand shapes after Valli & Lucas,
"Linguistics of American Sign Language" (2000), written down as degrees by eye: a start to be replaced by recordings."""

TURN_DEG: Final = 12.0
"""Standard deviation of each angle of the view."""

BEND_RAD: Final = (0.10, 0.05, 0.03)
"""Standard deviation of flexion, abduction and twist, in which one person's letter differs from the table's."""


@dataclass(frozen=True)
class Held:
    """One hand making a sign: its shape's coefficients, angles (21, 3) radians, view (3, 3), joints (21, 3) mm.

    Joints are in the camera's frame but for their place: their mean is the origin.
    """

    coefficients: Floats
    angles: Floats
    view: Floats
    joints_mm: Floats


def held(letter: Letter, rng: np.random.Generator, count: int, held_out: bool = False) -> Iterator[Held]:
    """A right hand making a letter, `count` times, each by another person. held_out: hands that training never sees."""
    model = mesh.load()
    for _ in range(count):
        coefficients = shapes.sample(rng, held_out)
        hand = shapes.apply(model, coefficients)
        angles = (letter.angles + rng.normal(0, BEND_RAD, (21, 3)) * (letter.angles != 0)).astype(np.float32)
        clamp(angles)
        view = rotation(*(np.array(letter.view) + rng.normal(0, TURN_DEG, 3)))
        joints = forward(hand.joints, hand.axes, angles)[1] @ view.T
        yield Held(coefficients, angles, view, joints - joints.mean(axis=0))
