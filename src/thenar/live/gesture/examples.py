"""Examples of signs from a folder that holds a folder for each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.joints_file import read_joints
from thenar.data.recording import JOINTS
from thenar.errors import ThenarError
from thenar.live.gesture.features import features

MAX_EXAMPLES: Final = 100_000
"""Of all signs together: an hour of one hand at 30 frames a second."""


def read_examples(path: Path) -> dict[str, NDArray[np.float64]]:
    """`path`/SIGN/.../joints.jsonl -> for each sign `features` (N, 66), in the order of files and lines.

    A hand without a side, or with an unknown joint, is no example.

    Raises:
        ThenarError: no such folder, no example in it, too many, or a line that isn't one of joints.jsonl.
    """
    if not path.is_dir():
        raise ThenarError("no such folder", where=path, fix=f"give a folder with a folder for each sign, with {JOINTS}")
    examples: dict[str, list[NDArray[np.float64]]] = {}
    total = 0
    for file in sorted(path.glob(f"*/**/{JOINTS}")):
        rows = examples.setdefault(file.relative_to(path).parts[0], [])
        hands = (hand for seen in read_joints(file)[0].values() for hand in seen)
        rows.extend(features(hand.joints_mm, hand.side) for hand in hands if hand.side and _whole(hand.joints_mm))
        total += len(rows)
        if total > MAX_EXAMPLES:
            raise ThenarError(f"more than {MAX_EXAMPLES} examples", where=path, fix="give fewer")
    found = {name: np.stack(rows) for name, rows in examples.items() if rows}
    if not found:
        raise ThenarError(
            "has no example of a sign", where=path, fix=f"put SIGN/{JOINTS} into it: thenar track writes it"
        )
    return found


def _whole(joints_mm: NDArray[np.float32]) -> bool:
    return bool(np.isfinite(joints_mm).all())
