"""Two hands that pinch take hold of a picture: apart is larger, together is smaller; one hand drags it.

python examples/pinch_to_zoom.py synthetic
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

import thenar.live
from thenar.live.pipeline import LiveFrame

HELD = 0.7
"""Pinch strength from which a hand holds."""


@dataclass(frozen=True)
class View:
    """Where a picture is seen: its scale, and its middle's place in mm."""

    scale: float = 1.0
    x_mm: float = 0.0
    y_mm: float = 0.0


def views(frames: Iterator[LiveFrame]) -> Iterator[View]:
    """The view after each frame. Hands that take hold, or let go, move nothing by that alone."""
    view, held, start = View(), (), View()
    for frame in frames:
        holding = sorted((hand.hand for hand in frame.hands if hand.pinch > HELD), key=lambda hand: hand.id)[:2]
        points = [(hand.joints_mm[4, :2] + hand.joints_mm[8, :2]) / 2 for hand in holding]
        if tuple(hand.id for hand in holding) != held:
            held, start, first = tuple(hand.id for hand in holding), view, points
        if points:
            dx, dy = np.mean(points, axis=0) - np.mean(first, axis=0)
            view = replace(start, x_mm=start.x_mm + float(dx), y_mm=start.y_mm + float(dy))
        if len(points) == 2:
            apart, before = (float(np.linalg.norm(pair[1] - pair[0])) for pair in (points, first))
            view = replace(view, scale=start.scale * apart / max(before, 1.0))
        yield view


if __name__ == "__main__":
    with thenar.live.open(sys.argv[1] if len(sys.argv) > 1 else "synthetic") as hands:
        for seen in views(iter(hands)):
            print(f"scale {seen.scale:.2f}, moved {seen.x_mm:.0f} {seen.y_mm:.0f} mm")
