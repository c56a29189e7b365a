"""A bank of poses on disk: an `.npz` with one array, `angles` (M, 21, 3) float32 in radians."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from thenar.atomic import write_file
from thenar.data.limits import Angles, within
from thenar.errors import ThenarError

_MOST_POSES: Final = 1_000_000
_TOLERANCE_RAD: Final = 1e-3


def save(path: Path, angles: Angles) -> None:
    """Write angles (M, 21, 3) in radians to `path`. Raises ThenarError where the disk is full."""
    write_file(path, lambda file: np.savez_compressed(file, angles=angles.astype(np.float32)))


def load(path: Path) -> Angles:
    """Read angles (M, 21, 3) float32 in radians.

    Raises ThenarError where there is no such file, it is no bank, or a pose is beyond the limits of a hand.
    """
    fix = "make it with tools/fit_poses.py"
    try:
        with np.load(path, allow_pickle=False) as file:
            angles = np.asarray(file["angles"])
    except FileNotFoundError:
        raise ThenarError("no such bank of poses", where=path, fix=fix) from None
    except (OSError, KeyError, ValueError, IndexError, EOFError, zipfile.BadZipFile):
        raise ThenarError("not a bank of poses", where=path, fix=fix) from None
    if angles.ndim != 3 or angles.shape[1:] != (21, 3) or not 0 < len(angles) <= _MOST_POSES:
        raise ThenarError(f"angles are {angles.shape}, not (M, 21, 3)", where=path, fix=fix)
    angles = angles.astype(np.float32)
    for number, pose in enumerate(angles):
        if not np.isfinite(pose).all() or not within(pose, _TOLERANCE_RAD):
            raise ThenarError(f"pose {number} is beyond the limits of a hand", where=path, fix=fix)
    return angles
