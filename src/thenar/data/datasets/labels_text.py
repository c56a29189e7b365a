"""Label files of the data sets: lines of a frame's name and numbers, or of numbers alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from thenar.data.line_file import read_lines
from thenar.errors import ThenarError


def numbers(tokens: list[str], joints: int, where: str) -> NDArray[np.float64]:
    """3 * joints numbers as text -> (joints, 3).

    Raises:
        ThenarError: there are more or fewer of them, or one isn't a finite number.
    """
    try:
        values = np.array([float(token) for token in tokens])
    except ValueError as error:
        raise ThenarError(str(error), where=where, fix="restore the label file") from None
    if values.size != 3 * joints or not np.isfinite(values).all():
        raise ThenarError(
            f"{values.size} numbers where {3 * joints} finite ones belong", where=where, fix="restore the label file"
        )
    return values.reshape(joints, 3)


def named_lines(path: Path, joints: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Lines of a frame's relative path and 3 * joints numbers -> the path and (joints, 3).

    Raises:
        ThenarError: the file is missing, a line isn't such a line, or a path leaves the data set's folder.
    """
    for number, line, _ in read_lines(path):
        tokens = line.decode("utf-8", "replace").split()
        if not tokens:
            continue
        where = f"{path}:{number}"
        frame = PurePosixPath(tokens[0])
        if frame.is_absolute() or ".." in frame.parts or "\\" in tokens[0] or "\0" in tokens[0]:
            raise ThenarError(f"frame {tokens[0]!r} lies outside the data set", where=where, fix="remove the line")
        yield str(frame), numbers(tokens[1:], joints, where)
