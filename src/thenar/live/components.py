"""Connected surfaces of a depth image: neighbours whose depths are close belong together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def label_surfaces(depth_mm: NDArray[np.floating], max_step_mm: float) -> NDArray[np.int32]:
    """(h, w) depth in mm (0 = none) -> (h, w) labels: -1 where there is no depth, else 0.. per connected surface.

    Two 4-neighbours are connected when both have depth and differ by at most `max_step_mm`.
    Runs along rows are found first, then runs of neighbouring rows are joined (two-pass labelling with union-find).
    """
    valid = depth_mm > 0
    breaks = np.ones(depth_mm.shape, bool)
    breaks[:, 1:] = ~(valid[:, 1:] & valid[:, :-1] & (np.abs(np.diff(depth_mm, axis=1)) <= max_step_mm))
    runs = np.cumsum(breaks.ravel()).reshape(depth_mm.shape) - 1
    joined = valid[1:] & valid[:-1] & (np.abs(np.diff(depth_mm, axis=0)) <= max_step_mm)
    pairs = np.unique(np.stack([runs[:-1][joined], runs[1:][joined]], axis=1), axis=0)

    parent = list(range(int(runs[-1, -1]) + 1))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs.tolist():
        ra, rb = root(a), root(b)
        if ra != rb:
            parent[max(ra, rb)] = min(ra, rb)
    roots = np.fromiter((root(i) for i in range(len(parent))), np.int64, len(parent))
    labels = np.full(depth_mm.shape, -1, np.int32)
    _, labels[valid] = np.unique(roots[runs[valid]], return_inverse=True)
    return labels
