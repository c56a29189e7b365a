"""A sequence that is hard to track, with the true hands of every frame and a number for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from thenar.data.duet import Duet
from thenar.data.frame import Frame, Hand
from thenar.hand.camera import Camera

FPS: Final = 30.0

GONE_S: Final = 0.5
"""A hand of which nothing was in the picture for so long is another one when it comes back."""


@dataclass(frozen=True)
class Torture:
    """One idea: its name, what happens in words, and a function that renders its frames, the same ones every time."""

    name: str
    what: str
    frames: Callable[[], Iterator[Frame]]


def rendered(duet: Duet) -> Iterator[Frame]:
    """Every frame of a scene."""
    return (duet.frame(index) for index in range(len(duet)))


def numbered(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The same frames, each hand with an `id` that no tracker could be asked to keep for longer.

    The hands of a frame are those of the frame before, in the same order. A hand gets a new number where the camera is
    another, and where it comes back after `GONE_S` with no joint inside the picture.
    """
    ids: dict[int, int] = {}
    last_s: dict[int, float] = {}
    camera, fresh = None, 0
    for frame in frames:
        if frame.camera != camera:
            camera, ids, last_s = frame.camera, {}, {}
        assert frame.time_s is not None
        hands: list[Hand] = []
        for place, hand in enumerate(frame.hands):
            if place not in ids or frame.time_s - last_s[place] >= GONE_S:
                ids[place], fresh, last_s[place] = fresh, fresh + 1, frame.time_s
            if inside(hand, frame.camera):
                last_s[place] = frame.time_s
            hands.append(replace(hand, id=ids[place]))
        yield replace(frame, hands=tuple(hands))


def inside(hand: Hand, camera: Camera) -> bool:
    """Whether any of a hand's joints projects into the picture."""
    u, v, z = camera.project(hand.joints_mm).T
    return bool(np.any((z > 0) & (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)))
