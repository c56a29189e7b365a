"""What goes into a session and comes out of it, and the check that it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class TensorSpec:
    """Name, shape and NumPy dtype name of one input or output; the shape includes the batch of one."""

    name: str
    shape: tuple[int, ...]
    dtype: str


def checked_feed(feed: Arrays, specs: tuple[TensorSpec, ...], batch: bool = False) -> list[NDArray[Any]]:
    """The arrays of `feed` in the order of `specs`, C-contiguous; with `batch`, axis 0 may have any equal length.

    Raises:
        ThenarError: a name is missing or unknown, a shape or dtype differs, or a value is NaN or infinite.
    """
    if len(feed) != len(specs) or any(spec.name not in feed for spec in specs):
        needed = ", ".join(spec.name for spec in specs)
        given = ", ".join(feed) or "nothing"
        raise ThenarError(f"the model reads {needed}, not {given}", fix="name each input as the model does")
    arrays = [_checked(feed[spec.name], spec, batch) for spec in specs]
    if batch and len({len(array) for array in arrays}) > 1:
        raise ThenarError("inputs differ in length", fix="give every input the same number of items")
    return arrays


def _checked(array: NDArray[Any], spec: TensorSpec, batch: bool) -> NDArray[Any]:
    if not isinstance(array, np.ndarray):
        raise ThenarError(f"{spec.name} is a {type(array).__name__}", fix="give a NumPy array")
    shape = array.shape[1:] if batch else array.shape
    expected = spec.shape[1:] if batch else spec.shape
    if shape != expected or not array.ndim:
        wanted = ("N", *expected) if batch else expected
        raise ThenarError(
            f"{spec.name} has shape {array.shape}", fix=f"the model reads ({', '.join(map(str, wanted))})"
        )
    if array.dtype.name != spec.dtype:
        raise ThenarError(f"{spec.name} is {array.dtype.name}", fix=f"convert it: .astype(np.{spec.dtype})")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ThenarError(f"{spec.name} has NaN or infinite values", fix="write holes in the depth as background (+1)")
    return np.ascontiguousarray(array)
