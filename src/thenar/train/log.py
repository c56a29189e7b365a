"""A run's log: one JSON object a line, that a resumed run continues."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from thenar.atomic import write_text
from thenar.errors import ThenarError


class Log:
    """Appends to `path`; lines of steps after `step` (of a run that was killed later) are dropped first."""

    def __init__(self, path: Path, step: int) -> None:
        self._path = path
        if path.exists():
            kept = [line for line in path.read_text("utf-8").splitlines() if _step(line) <= step]
            write_text(path, "".join(f"{line}\n" for line in kept))

    def write(self, **values: Any) -> None:
        """One line; floats are rounded to six digits.

        Raises:
            ThenarError: the disk is full.
        """
        rounded = {k: _six_digits(v) if isinstance(v, float) else v for k, v in values.items()}
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rounded) + "\n")
        except OSError as error:
            raise ThenarError(f"cannot write: {error.strerror}", where=self._path, fix="free some space") from error


def _six_digits(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None  # JSON knows no NaN


def _step(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")  # a line cut in the middle
