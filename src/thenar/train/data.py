"""What training asks of its data: batches that can be addressed by number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray


class Batch(NamedTuple):
    """B crops with their truth.

    images: (B, 1, 128, 128) float16 or float32 in [-1, 1], background +1. uvd: (B, J, 3) float32 joints in the crop's
    [-1, 1] coordinates. present: (B,) bool, a right hand is in the crop; where False, uvd has no meaning.
    visible: (B, J) bool, the joint is not occluded. cube_mm: (B,) float32 side of the cube.
    """

    images: NDArray[Any]
    uvd: NDArray[np.float32]
    present: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    cube_mm: NDArray[np.float32]


B_co = TypeVar("B_co", bound=tuple[Any, ...], covariant=True)
"""A named tuple of arrays."""


class Numbered(Protocol[B_co]):
    """Batches by number."""

    def batch(self, step: int) -> B_co:
        """Batch `step`, a pure function of the source's own seed and `step`, always of the same shapes and dtypes.

        Purity is what lets a killed run continue exactly and lets any worker make any batch.
        """


Source = Numbered[Batch]
MakeSource = Callable[[], Source]
"""Makes a source inside a worker process; must be picklable (a module's function, or functools.partial of one)."""
