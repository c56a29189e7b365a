"""Named hand poses, written down as a clinician would: degrees of flexion and abduction per joint."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Finger = tuple[float, float, float, float]
"""MCP flexion, MCP abduction (towards the thumb), PIP flexion, DIP flexion, in degrees."""
Fingers = tuple[Finger, Finger, Finger, Finger]
Thumb = tuple[float, float, float, float, float]
"""CMC flexion (across the palm), CMC abduction (away from it), CMC twist, MCP flexion, IP flexion, in degrees."""

_STRAIGHT: Final[Fingers] = ((0, 2, 2, 2), (0, 0, 2, 2), (0, -1, 2, 2), (0, -2, 2, 2))
_SPREAD: Final[Fingers] = ((-2, 15, 2, 2), (-2, 2, 2, 2), (-2, -11, 2, 2), (-2, -24, 2, 2))
_FIST: Final[Fingers] = ((76, 1, 96, 58), (80, 0, 98, 58), (80, -2, 96, 58), (80, -3, 94, 58))
_RELAXED: Final[Fingers] = ((22, 3, 28, 15), (26, 0, 32, 18), (29, -2, 35, 20), (32, -5, 34, 20))

_ALONGSIDE: Final[Thumb] = (24, -4, 0, 5, 5)
_OUT: Final[Thumb] = (-18, -4, 5, -5, -8)
_OPEN: Final[Thumb] = (-12, 0, 0, 0, 0)
_LOOSE: Final[Thumb] = (12, 16, -8, 14, 18)
_OVER_INDEX: Final[Thumb] = (10, 38, -13, 43, 53)
_OVER_MIDDLE: Final[Thumb] = (10, 14, -5, 49, 34)
_OVER_RING: Final[Thumb] = (38, 36, -24, 32, 47)
_OVER_LITTLE: Final[Thumb] = (50, 33, -26, 33, 35)
_IN_PALM: Final[Thumb] = (31, 4, -12, 55, 74)


def pose_of(thumb: Thumb, index: Finger, middle: Finger, ring: Finger, little: Finger) -> NDArray[np.float32]:
    """Angles (21, 3) in radians of one gesture; the wrist is straight."""
    angles = np.zeros((21, 3))
    angles[1] = thumb[:3]
    angles[2, 0], angles[3, 0] = thumb[3:]
    for mcp, (flex, abduct, pip, dip) in zip(range(5, 21, 4), (index, middle, ring, little), strict=True):
        angles[mcp, :2] = flex, abduct
        angles[mcp + 1, 0], angles[mcp + 2, 0] = pip, dip
    return np.radians(angles).astype(np.float32)


GESTURES: Final[dict[str, NDArray[np.float32]]] = {
    "open": pose_of(_OPEN, *_SPREAD),
    "flat": pose_of(_ALONGSIDE, *_STRAIGHT),
    "relaxed": pose_of(_LOOSE, *_RELAXED),
    "fist": pose_of(_OVER_INDEX, *_FIST),
    "point": pose_of(_OVER_MIDDLE, _STRAIGHT[0], *_FIST[1:]),
    "victory": pose_of(_OVER_RING, (0, 14, 3, 2), (2, -8, 3, 2), *_FIST[2:]),
    "three": pose_of(_OVER_LITTLE, (0, 14, 3, 2), (0, 0, 3, 2), (2, -12, 4, 2), _FIST[3]),
    "four": pose_of(_IN_PALM, (0, 12, 2, 2), (0, 2, 2, 2), (0, -9, 2, 2), (0, -20, 2, 2)),
    "three_with_thumb": pose_of(_OUT, (0, 14, 3, 2), (0, -6, 3, 2), *_FIST[2:]),
    "thumbs_up": pose_of(_OUT, *_FIST),
    "gun": pose_of(_OUT, (0, 3, 3, 2), *_FIST[1:]),
    "call": pose_of(_OUT, *_FIST[:3], (2, -22, 5, 4)),
    "horns": pose_of((42, 39, -35, 7, 76), (0, 6, 4, 3), *_FIST[1:3], (4, -12, 6, 4)),
    "spider": pose_of(_OUT, (0, 8, 4, 3), *_FIST[1:3], (2, -15, 6, 4)),
    "little": pose_of((21, 40, -18, 26, 78), *_FIST[:3], (6, -12, 8, 5)),
    "crossed": pose_of((18, 41, -18, 53, 34), (4, -8, 4, 3), (17, 8, 10, 5), *_FIST[2:]),
    "ok": pose_of((4, 24, -6, 29, 35), (48, 2, 52, 36), (15, -2, 16, 8), (8, -8, 10, 6), (2, -16, 8, 5)),
    "pinch": pose_of((16, 20, -9, 25, 34), (49, 2, 50, 28), (62, 0, 60, 34), (66, 0, 66, 38), (66, -2, 66, 38)),
    "pinch_middle": pose_of((25, 41, -20, 25, 34), (10, 8, 2, 2), (51, 2, 53, 30), (0, -3, 2, 2), (0, -5, 2, 2)),
    "tripod": pose_of((24, 42, 3, 13, 34), (71, 2, 32, 45), (62, 0, 43, 32), (62, -2, 66, 38), (64, -4, 66, 38)),
    "bunch": pose_of((45, 32, -23, 4, -4), (56, -2, 23, 16), (42, 0, 46, 20), (54, 2, 51, 19), (54, 4, 38, 17)),
    "pen": pose_of((-8, 39, 2, 53, 18), (56, 4, 56, 30), (63, 0, 59, 27), (60, -1, 66, 36), (62, -4, 66, 38)),
    "key_grip": pose_of((0, 6, 1, 44, 34), (48, 4, 62, 36), (58, 0, 70, 42), (64, -1, 74, 44), (66, -3, 72, 44)),
    "cylinder": pose_of((12, 34, -14, 15, 25), (42, 3, 48, 30), (46, 0, 52, 32), (50, -2, 52, 32), (54, -4, 48, 30)),
    "sphere": pose_of((2, 36, -12, 12, 22), (26, 10, 40, 26), (28, 0, 42, 28), (30, -8, 42, 28), (32, -16, 40, 26)),
    "hook": pose_of((4, 2, 0, 5, 5), (2, 2, 92, 60), (2, 0, 94, 62), (2, -1, 92, 60), (4, -3, 86, 56)),
    "claw": pose_of((-8, 24, -4, 8, 30), (-8, 12, 58, 42), (-8, 2, 60, 44), (-8, -9, 60, 44), (-8, -20, 56, 42)),
    "tabletop": pose_of((6, 4, 0, 5, 5), (76, 2, 6, 4), (78, 0, 6, 4), (78, -1, 6, 4), (78, -3, 6, 4)),
    "cup": pose_of((8, 26, -10, 14, 14), (34, 3, 24, 14), (38, 0, 24, 14), (40, -2, 24, 14), (42, -4, 24, 14)),
    "vulcan": pose_of(_OPEN, (0, 14, 2, 2), (0, 8, 2, 2), (0, -12, 2, 2), (0, -16, 2, 2)),
    "middle_and_ring_bent": pose_of(_LOOSE, (4, 6, 6, 4), (60, 0, 60, 38), (62, -2, 60, 38), (10, -14, 10, 6)),
    "bent_back": pose_of((-14, -4, 0, -4, -6), (-18, 4, 0, 0), (-18, 0, 0, 0), (-18, -3, 0, 0), (-18, -7, 0, 0)),
    "beckon": pose_of(_LOOSE, (20, 3, 70, 42), *_FIST[1:]),
}
"""Angles (21, 3) in radians, wrist straight. "thumbs_down" is "thumbs_up" seen otherwise, so it has no entry.

Grips after Feix et al., "The GRASP Taxonomy of Human Grasp Types", IEEE THMS 2016; joint angles set so that no finger
of the mean hand passes through another, pads of pinching fingers meet, and a thumb that closes a fist lies on it.
"""

HELD_OUT: Final[tuple[str, ...]] = ("horns", "hook", "tabletop")
"""Gestures, with all poses near them, that training never sees."""


def named(names: tuple[str, ...]) -> NDArray[np.float32]:
    """Angles (G, 21, 3) in radians of the gestures called `names`, in that order."""
    return np.stack([GESTURES[name] for name in names])


TRAINING: Final[tuple[str, ...]] = tuple(name for name in GESTURES if name not in HELD_OUT)
