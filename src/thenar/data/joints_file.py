"""`joints.jsonl`: a line for each hand in each frame, in any order of frames."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from thenar.data.frame import Floats, Hand
from thenar.data.line_file import read_lines
from thenar.errors import ThenarError
from thenar.hand.skeleton import JOINT_COUNT

SIDES: Final = ("right", "left", "")
MAX_JOINT_MM: Final = 1e6
_NUMBERS: Final = ("confidence", "yaw_deg", "pitch_deg", "distance_mm", "hand_size_mm")
_TEXTS: Final = ("gesture", "sensor")
_EXTRAS: Final = tuple(f.name for f in fields(Hand) if f.name not in ("joints_mm", "side"))


def hand_line(frame: str, hand: Hand) -> str:
    """One line of `joints.jsonl`, without its end; a joint with a NaN becomes null, unsaid fields are left out."""
    joints = [
        [round(float(v), 3) for v in joint] if np.isfinite(joint).all() else None
        for joint in np.asarray(hand.joints_mm)
    ]
    line: dict[str, Any] = {"frame": frame, "joints_mm": joints, "side": hand.side}
    line |= {name: value for name in _EXTRAS if (value := getattr(hand, name)) is not None}
    return json.dumps(line, allow_nan=False)


def parse_line(line: str | bytes) -> tuple[str, Hand]:
    """One line of `joints.jsonl` -> the frame's name and its hand.

    Raises:
        ValueError: it isn't such a line; the message says what is wrong.
    """
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    frame = data.get("frame")
    if not isinstance(frame, str) or not is_file_name(frame):
        raise ValueError(f"frame {frame!r} is not a plain file name")
    side = data.get("side", "")
    if side not in SIDES:
        raise ValueError(f"side {side!r} is neither right nor left")
    extras = {name: _checked(name, data[name]) for name in _EXTRAS if data.get(name) is not None}
    return frame, Hand(_joints(data.get("joints_mm")), side, **extras)


def read_joints(path: Path) -> tuple[dict[str, tuple[Hand, ...]], list[str]]:
    """`joints.jsonl` -> the hands of each frame by its name, and notes on what was left out.

    A last line that was cut short by a crash is left out with a note.

    Raises:
        ThenarError: any other line isn't one of `joints.jsonl`; the message has its number.
    """
    hands: dict[str, tuple[Hand, ...]] = {}
    notes: list[str] = []
    for number, line, whole in read_lines(path):
        if not line.strip():
            continue
        try:
            frame, hand = parse_line(line)
        except (ValueError, RecursionError) as error:
            if not whole:
                notes.append(f"{path}:{number}: the last line is cut short and was left out")
                break
            raise ThenarError(
                f"not a line of joints.jsonl ({error})", where=f"{path}:{number}", fix="correct or remove the line"
            ) from None
        hands[frame] = (*hands.get(frame, ()), hand)
    return hands, notes


def is_file_name(name: str) -> bool:
    """Whether a name stays in its folder: no separator, no parent, nothing hidden or unprintable."""
    return name.isprintable() and not name.startswith(".") and not set(name) & set("/\\:") and 0 < len(name) <= 255


def _joints(value: object) -> Floats:
    if not isinstance(value, list) or len(value) != JOINT_COUNT:
        raise ValueError(f"joints_mm is not a list of {JOINT_COUNT} points")
    joints = np.full((JOINT_COUNT, 3), np.nan, np.float32)
    for row, point in enumerate(value):
        if point is None:
            continue
        if not isinstance(point, list) or len(point) != 3 or not all(_is_number(v, MAX_JOINT_MM) for v in point):
            raise ValueError(f"joint {row} is not three numbers in mm")
        joints[row] = point
    return joints


def _checked(name: str, value: Any) -> Any:
    """An optional field's value in the type `Hand` wants."""
    if name in _NUMBERS and _is_number(value, MAX_JOINT_MM):
        return float(value)
    if name in _TEXTS and isinstance(value, str):
        return value
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if name == "visible" and isinstance(value, list) and len(value) == JOINT_COUNT:
        return tuple(bool(v) for v in value)
    raise ValueError(f"field {name} is {str(value)[:40]!r}")


def _is_number(value: object, limit: float) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= limit and math.isfinite(value)
    )
