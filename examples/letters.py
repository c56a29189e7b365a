"""Examples of finger-spelled letters, as tracking people's hands would give them, for `thenar gesture train`.

python examples/letters.py out/letters          # then: thenar gesture train out/letters/train -o letters.json

Each letter is posed by hands of all sizes, joints being as far off as a tracker's are; out/letters/test is of hands
that are not in out/letters/train. With a camera, `thenar track oak -o out/letters/train/a` writes the same of yours.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from thenar.data.frame import Hand
from thenar.data.gestures import GESTURES
from thenar.data.joints_file import hand_line
from thenar.data.letters import LETTERS, Letter, held
from thenar.data.line_file import LineWriter
from thenar.data.recording import JOINTS
from thenar.live.gesture.learn import NONE

PEOPLE = {"train": 80, "test": 20}
OFF_MM = 6.0
"""Standard deviation of each coordinate: with less, tracked hands are too seldom signs; with more, any hand is one."""

NO_LETTERS = ("relaxed", "open", "claw", "hook", "spider", "horns", "middle_and_ring_bent", "vulcan")
PLACE_MM = np.array((0.0, 0.0, 500.0))


def signs() -> dict[str, list[Letter]]:
    """Every letter, and under `NONE` what hands do in between."""
    between = [Letter(GESTURES[name]) for name in NO_LETTERS]
    return {name: [letter] for name, letter in LETTERS.items()} | {NONE: between}


def write(out: Path, people: int, seed: int, held_out: bool) -> None:
    """`out`/SIGN/joints.jsonl of so many hands. held_out: hands of which none is ever in training."""
    rng = np.random.default_rng(seed)
    for name, poses in signs().items():
        (out / name).mkdir(parents=True, exist_ok=True)
        with LineWriter(out / name / JOINTS) as lines:
            for pose in poses:
                for number, hand in enumerate(held(pose, rng, people, held_out)):
                    joints = hand.joints_mm + PLACE_MM + rng.normal(0, OFF_MM, (21, 3))
                    lines.write(hand_line(f"{number:06d}.png", Hand(joints.astype(np.float32), "right")))


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/letters")
    for part, (name, people) in enumerate(PEOPLE.items()):
        write(folder / name, people, part, held_out=name == "test")
        print(
            f"{folder / name}: {len(LETTERS)} letters by {people} hands each, and {len(NO_LETTERS)} poses that are none"
        )
