"""How far a hand is closed: numbers from 0 to 1 to steer with."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.hand.articulation import finger_reach
from thenar.hand.skeleton import FINGERS, WRIST

PINCHED, UNPINCHED = 0.25, 0.85
"""Distance of two fingertips, as a share of the palm's length, at which a pinch is full and at which it begins; tips
are a finger's thickness apart when pads touch."""

CLOSED, OPENED = 0.48, 0.92
"""Mean `Articulation.reach` of the four fingers of a grab that is full, and of one that begins."""

_THUMB_TIP: Final = FINGERS["thumb"][-1]
_MIDDLE_MCP: Final = FINGERS["middle"][0]


def pinch_strength(joints_mm: NDArray[np.floating], finger: str = "index") -> float:
    """1 where the thumb's tip touches the finger's, 0 where they are well apart; the joints are (21, 3) mm."""
    joints = np.asarray(joints_mm, np.float64)
    apart = float(np.linalg.norm(joints[_THUMB_TIP] - joints[FINGERS[finger][-1]]))
    return ramp(apart / palm_length(joints), UNPINCHED, PINCHED)


def grab_strength(joints_mm: NDArray[np.floating]) -> float:
    """1 for a fist, 0 for a flat hand; the joints are (21, 3) mm."""
    return ramp(float(finger_reach(joints_mm)[1:].sum()) / 4, OPENED, CLOSED)


def palm_length(joints_mm: NDArray[np.floating]) -> float:
    """mm from the wrist to the middle finger's MCP: the measure of everything else."""
    return max(float(np.linalg.norm(joints_mm[_MIDDLE_MCP] - joints_mm[WRIST])), 1e-6)


def ramp(value: float, none: float, full: float) -> float:
    """0 at `none` and beyond, 1 at `full` and beyond, straight between; `none` may be the larger."""
    return min(1.0, max(0.0, (value - none) / (full - none)))
