"""A robot hand that does as a human hand does: joint angles for four fingers of three motors and a thumb of three.

python examples/retarget.py synthetic           # a line of JSON for each frame, angles in degrees
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import numpy as np

import thenar.live
from thenar.hand.articulation import articulation
from thenar.hand.skeleton import FINGERS
from thenar.live.pipeline import LiveFrame

LIMITS_DEG = {"flexion": (0.0, 90.0), "abduction": (-20.0, 20.0)}
"""What the robot's motors can do; a thumb's abduction may be three times as wide."""

FASTEST_DEG_PER_S = 400.0


def commands(frames: Iterator[LiveFrame], side: str = "right") -> Iterator[dict[str, list[float]]]:
    """Angles of every finger, [abduction, MCP, PIP, DIP] in degrees, never faster than the motors turn.

    A hand that is not seen leaves the robot where it is.
    """
    angles, last_s = np.zeros((5, 4)), None
    for frame in frames:
        hand = next((seen.hand for seen in frame.hands if seen.hand.side == side), None)
        if hand is None:
            last_s = None
            continue
        bent = articulation(hand.joints_mm, hand.side)
        low, high = LIMITS_DEG["abduction"]
        wide = np.array((3, 1, 1, 1, 1))
        aside = np.clip(np.degrees(bent.abduction), low * wide, high * wide)
        wanted = np.column_stack((aside, np.clip(np.degrees(bent.flexion), *LIMITS_DEG["flexion"])))
        step = FASTEST_DEG_PER_S * max(0.0, frame.time_s - last_s) if last_s is not None else FASTEST_DEG_PER_S / 60
        angles = angles + np.clip(wanted - angles, -step, step)
        last_s = frame.time_s
        yield {finger: np.round(angles[row], 1).tolist() for row, finger in enumerate(FINGERS)}


if __name__ == "__main__":
    with thenar.live.open(sys.argv[1] if len(sys.argv) > 1 else "synthetic") as hands:
        for command in commands(iter(hands)):
            print(json.dumps(command), flush=True)
