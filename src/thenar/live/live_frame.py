"""What comes out of the pipeline for every frame, and how a hand's gestures get there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thenar.data.frame import Frame, Hand
from thenar.live.gesture import grab_strength, name_gesture, pinch_strength
from thenar.live.gesture.moves import HeldTurn, Swipe
from thenar.live.gesture.steady import Steady
from thenar.live.one_hand import NumberedHand

Namer = Callable[[NDArray[np.floating], str], tuple[str, float]]
"""Joints (21, 3) mm and a side -> a sign's name, or "", and how sure it is: `name_gesture`, or a `Classifier`."""


@dataclass(frozen=True)
class LiveHand:
    """A tracked hand and what it does: a sign's name or "", pinch and grab from 0 to 1, the swipe that ends now.

    turn: radians, clockwise in the image, that a hand which pinches has turned since it took hold; else 0.
    """

    hand: NumberedHand
    gesture: str
    pinch: float
    grab: float
    swipe: str
    turn: float = 0.0


def labelled(live: LiveHand) -> Hand:
    """A tracked hand as a line of `joints.jsonl` holds it."""
    hand = live.hand
    confidence = round(float(hand.confidence.mean()), 4)
    return Hand(hand.joints_mm, hand.side, confidence=confidence, id=hand.id, gesture=live.gesture or None)


@dataclass(frozen=True)
class LiveFrame:
    """A frame and the hands in it.

    time_s: the frame's own, or its arrival's where it has none. timings_ms: `capture` (in the source, waiting for
    the frame included), `wait` (between threads), `track`, `gesture`, and `total`, from the frame's arrival until it
    is handed out. dropped: frames that came too fast to be tracked, so far. behind: the stage that is too slow, or "".
    sequence: counts the frames that were tracked.
    """

    frame: Frame
    hands: tuple[LiveHand, ...]
    timings_ms: Mapping[str, float]
    dropped: int
    sequence: int
    time_s: float
    behind: str = ""


@dataclass
class _Past:
    """What the gestures of one hand remember."""

    steady: Steady = field(default_factory=Steady)
    swipe: Swipe = field(default_factory=Swipe)
    turn: HeldTurn = field(default_factory=HeldTurn)


class Gestures:
    """Hands in, the same hands with their gestures out; remembers each by its number until it is gone."""

    def __init__(self, namer: Namer = name_gesture) -> None:
        self._namer = namer
        self._past: dict[int, _Past] = {}

    def __call__(self, hands: tuple[NumberedHand, ...], time_s: float) -> tuple[LiveHand, ...]:
        """The hands of the frame at a time in seconds."""
        self._past = {hand.id: self._past.get(hand.id) or _Past() for hand in hands}
        return tuple(self._read(hand, time_s) for hand in hands)

    def _read(self, hand: NumberedHand, time_s: float) -> LiveHand:
        past = self._past[hand.id]
        joints = hand.joints_mm
        name, _ = self._namer(joints, hand.side)
        pinch = pinch_strength(joints)
        return LiveHand(
            hand,
            gesture=past.steady(name, time_s),
            pinch=pinch,
            grab=grab_strength(joints),
            swipe=past.swipe(joints, time_s),
            turn=past.turn(joints, hand.side, pinch),
        )
