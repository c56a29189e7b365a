"""Numbers on a grid of few steps: for each row the scale at which rounding loses least."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

LARGE = 1024
"""Numbers in a weight from which fewer bits are worth what they cost."""

SHARES = np.linspace(0.46, 1.0, 10, dtype=np.float32)
"""Of a row's largest number, what the last step stands for: clipping a few large ones makes the others' steps finer."""


def round_rows(rows: NDArray[np.float32], bits: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(N, K) -> steps (N, K) from -(2^(bits-1) - 1) to 2^(bits-1) - 1 and scales (N,): rows are about steps * scale.

    The scale of a row is the one of `SHARES` with the least squared error. What lies on a grid already keeps it. A row
    of zeros has the scale 1.
    """
    last = 2 ** (bits - 1) - 1
    steps = np.empty(rows.shape, np.int8)
    scales = np.empty(len(rows), np.float32)
    _round_rows(np.ascontiguousarray(rows, np.float32), np.float32(last), SHARES, steps, scales)
    return steps, scales


@njit(cache=True, fastmath=True)
def _round_rows(rows: Any, last: Any, shares: Any, steps: Any, scales: Any) -> None:
    for n in range(rows.shape[0]):
        row = rows[n]
        largest = np.float32(0)
        for value in row:
            largest = max(largest, abs(value))
        if largest == 0:
            steps[n] = 0
            scales[n] = 1
            continue
        least = np.float32(np.inf)
        for share in shares[::-1]:
            scale = largest * share / last
            inverse = np.float32(1) / scale
            error = np.float32(0)
            for value in row:
                lost = min(max(np.rint(value * inverse), -last), last) * scale - value
                error += lost * lost
            if error < least:
                least = error
                scales[n] = scale
        inverse = np.float32(1) / scales[n]
        for k in range(row.shape[0]):
            steps[n, k] = np.int8(min(max(np.rint(row[k] * inverse), -last), last))
