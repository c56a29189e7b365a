from __future__ import annotations

from collections import deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thenar.live.components import label_surfaces


def flood_labels(depth, step):
    """The oracle: breadth-first flood fill, one cell at a time."""
    labels = np.full(depth.shape, -1)
    count = 0
    for start in np.ndindex(depth.shape):
        if depth[start] <= 0 or labels[start] >= 0:
            continue
        queue, labels[start] = deque([start]), count
        while queue:
            i, j = queue.popleft()
            for a, b in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                inside = 0 <= a < depth.shape[0] and 0 <= b < depth.shape[1]
                if inside and labels[a, b] < 0 < depth[a, b] and abs(depth[a, b] - depth[i, j]) <= step:
                    labels[a, b] = count
                    queue.append((a, b))
        count += 1
    return labels


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 12), st.integers(1, 12)),
        elements=st.sampled_from([0.0, 100.0, 110.0, 125.0, 300.0]),
    )
)
def test_same_partition_as_flood_fill(depth):
    ours, theirs = label_surfaces(depth, 12.0), flood_labels(depth, 12.0)
    assert np.array_equal(ours < 0, theirs < 0)
    pairs = {(int(a), int(b)) for a, b in zip(ours.ravel(), theirs.ravel(), strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def test_labels_count_from_zero():
    depth = np.array([[5.0, 0.0, 5.0], [0.0, 0.0, 900.0]], np.float32)
    assert sorted(np.unique(label_surfaces(depth, 10.0))) == [-1, 0, 1, 2]
