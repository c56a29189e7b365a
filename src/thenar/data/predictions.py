"""Predictions and truth as arrays in .npz files, the way results on a data set are published."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.datasets.registry import find_dataset
from thenar.errors import ThenarError
from thenar.hand.metrics import Report, evaluate

MAX_ARRAY_BYTES: Final = 1 << 30
KEYS: Final = ("uvd", "joints_mm")
_UNREADABLE: Final = (
    OSError, ValueError, EOFError, MemoryError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy and zipfile raise for a file that isn't the archive or the array it says it is."""


def evaluate_predictions(predictions: Path, truth: Path, dataset: str) -> Report:
    """Errors of published predictions on a data set, over the joints of its own convention.

    Both files hold either `uvd` (N, J, 3), pixels and mm, or `joints_mm` (N, J, 3). Pixels become mm by the data set's
    published camera: the error of x and y then holds the error of the depth that they were unprojected with, as it
    does in the papers.

    Raises:
        ThenarError: no such data set, a file isn't such an .npz, or the two don't match.
    """
    about = find_dataset(dataset)
    arrays = []
    for path in (predictions, truth):
        key, values = _read(path, len(about.convention.joints))
        arrays.append(about.camera.unproject(values) if key == "uvd" else values)
    if arrays[0].shape != arrays[1].shape:
        raise ThenarError(
            f"{len(arrays[0])} frames but the truth has {len(arrays[1])}", where=predictions, fix="give the same frames"
        )
    return evaluate(arrays[0], arrays[1], about.convention.joints)


def _read(path: Path, joints: int) -> tuple[str, NDArray[np.floating]]:
    """The first of KEYS in an .npz, (N, joints, 3)."""
    fix = f"give an .npz with {' or '.join(KEYS)} of shape (frames, {joints}, 3)"
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename: info.file_size for info in archive.infolist()}
        key = next((key for key in KEYS if f"{key}.npy" in names), None)
        if key is None:
            raise ThenarError(f"holds {', '.join(names) or 'nothing'}", where=path, fix=fix)
        if names[f"{key}.npy"] > MAX_ARRAY_BYTES:
            raise ThenarError(f"{key} is larger than {MAX_ARRAY_BYTES} bytes", where=path, fix=fix)
        with np.load(path, allow_pickle=False) as arrays:
            values = arrays[key]
    except _UNREADABLE as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ThenarError(f"not readable ({reason})", where=path, fix=fix) from None
    if values.ndim != 3 or values.shape[1:] != (joints, 3) or values.dtype.kind not in "fiu":
        raise ThenarError(f"{key} is {values.dtype} of shape {values.shape}", where=path, fix=fix)
    return key, values.astype(np.float64)
