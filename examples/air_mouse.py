"""A pointer moved by the index finger, pressed by a pinch: prints the events that a driver would carry out.

python examples/air_mouse.py synthetic          # or oak, realsense, orbbec, a recording's folder
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import thenar.live
from thenar.live.pipeline import LiveFrame

SCREEN_PX = (1920, 1080)
REACH_MM = (300.0, 170.0)
"""Width and height of the area before the camera that stands for the screen."""

PRESS, RELEASE = 0.8, 0.6
"""Pinch strength; the gap between them keeps a hand that trembles from clicking twice."""


def events(frames: Iterator[LiveFrame]) -> Iterator[tuple[str, int, int]]:
    """("move" | "press" | "release", x, y) in pixels of the screen, by the first hand that was seen."""
    pressed, followed, place = False, None, (0, 0)
    for frame in frames:
        hand = next((seen for seen in frame.hands if seen.hand.id == followed), next(iter(frame.hands), None))
        if hand is None or (pressed and hand.hand.id != followed):
            if pressed:
                yield ("release", *place)
            pressed = False
        if hand is None:
            continue
        followed = hand.hand.id
        # The knuckle, not the tip: it stays where it is while the finger bends to pinch.
        x, y, _ = hand.hand.joints_mm[5]
        shares = (0.5 - x / REACH_MM[0], 0.5 + y / REACH_MM[1])  # mirrored: the hand moves as on a mirror
        place = tuple(
            round(min(1.0, max(0.0, share)) * (side - 1)) for share, side in zip(shares, SCREEN_PX, strict=True)
        )
        yield ("move", *place)
        if pressed != (hand.pinch > (RELEASE if pressed else PRESS)):
            pressed = not pressed
            yield ("press" if pressed else "release", *place)


if __name__ == "__main__":
    with thenar.live.open(sys.argv[1] if len(sys.argv) > 1 else "synthetic") as hands:
        for event in events(iter(hands)):
            print(*event)
