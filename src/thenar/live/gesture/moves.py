"""Gestures that are movements: a swipe of the open hand, a turn of the wrist while something is held."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thenar.hand.palm import palm_axes

HOLD, LET_GO = 0.8, 0.6
"""Pinch strength at which a hand takes hold, and below which it lets go."""


@dataclass(frozen=True)
class MovesConfig:
    """A swipe covers `swipe_mm` within `swipe_s`, nearly straight, and rests `rest_s` before the next may begin."""

    swipe_mm: float = 160.0
    swipe_s: float = 0.35
    straightness: float = 0.85
    rest_s: float = 0.4


class _Step(NamedTuple):
    """When a palm was where, in mm, and how far it had gone until then."""

    time_s: float
    place: list[float]
    walked_mm: float


class Swipe:
    """Palm positions in, "left", "right", "up", "down" (as the camera's image shows them) or "" out."""

    def __init__(self, config: MovesConfig | None = None) -> None:
        self.config = config or MovesConfig()
        self.reset()

    def reset(self) -> None:
        """Forget the path."""
        self._path: deque[_Step] = deque()
        self._rest_until_s = -np.inf

    def __call__(self, joints_mm: NDArray[np.floating], time_s: float) -> str:
        """The swipe that ends in this frame; joints (21, 3) mm in the camera frame."""
        if self._path and time_s <= self._path[-1][0]:
            self.reset()
        place: list[float] = np.asarray(joints_mm, np.float64).mean(axis=0).tolist()
        walked_mm = self._path[-1].walked_mm + math.dist(self._path[-1].place, place) if self._path else 0.0
        self._path.append(_Step(time_s, place, walked_mm))
        while self._path[0].time_s < time_s - self.config.swipe_s:
            self._path.popleft()
        first = self._path[0]
        travel_mm = place[0] - first.place[0], place[1] - first.place[1]
        axis = int(abs(travel_mm[1]) > abs(travel_mm[0]))
        covered, length = abs(travel_mm[axis]), walked_mm - first.walked_mm
        straight = length > 0 and covered >= self.config.straightness * length
        if time_s < self._rest_until_s or covered < self.config.swipe_mm or not straight:
            return ""
        self._rest_until_s = time_s + self.config.rest_s
        self._path.clear()
        return (("left", "right"), ("up", "down"))[axis][int(travel_mm[axis] > 0)]


class HeldTurn:
    """How far a hand has turned, as `Turn`, since it took hold by a pinch; 0 while it holds nothing."""

    def __init__(self) -> None:
        self._turn: Turn | None = None

    def __call__(self, joints_mm: NDArray[np.floating], side: str, pinch: float) -> float:
        """Radians up to this frame; joints (21, 3) mm in the camera frame, pinch from 0 to 1."""
        if pinch < (HOLD if self._turn is None else LET_GO):
            self._turn = None
            return 0.0
        self._turn = self._turn or Turn()
        return self._turn(joints_mm, side)


class Turn:
    """How far a hand has turned about the line of sight since `start`, in radians, clockwise as the camera sees it."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._total = 0.0

    def start(self) -> None:
        """Count from the next frame on."""
        self._last, self._total = None, 0.0

    def __call__(self, joints_mm: NDArray[np.floating], side: str) -> float:
        """The turn up to this frame, more than a full one too; joints (21, 3) mm in the camera frame."""
        down = palm_axes(joints_mm, side)[1]
        angle = float(np.arctan2(down[1], down[0]))
        if self._last is not None:
            step = angle - self._last
            self._total += (step + np.pi) % (2 * np.pi) - np.pi
        self._last = angle
        return self._total
