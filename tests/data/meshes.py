"""Closed meshes to draw in tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def icosphere(frequency: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """A unit sphere of 20 * frequency^2 faces, outward and counter-clockwise seen from outside: vertices, faces."""
    t = (1 + 5**0.5) / 2
    corners = np.array(
        [(-1, t, 0), (1, t, 0), (-1, -t, 0), (1, -t, 0), (0, -1, t), (0, 1, t), (0, -1, -t), (0, 1, -t),
         (t, 0, -1), (t, 0, 1), (-t, 0, -1), (-t, 0, 1)]
    )  # fmt: skip
    sides = [(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11), (1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6),
             (7, 1, 8), (3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9), (4, 9, 5), (2, 4, 11), (6, 2, 10),
             (8, 6, 7), (9, 8, 1)]  # fmt: skip
    vertices: list[NDArray[np.float64]] = []
    number: dict[tuple[float, ...], int] = {}

    def add(point: NDArray[np.float64]) -> int:
        point = point / np.linalg.norm(point)
        key = tuple(np.round(point, 9) + 0.0)
        if key not in number:
            number[key] = len(vertices)
            vertices.append(point)
        return number[key]

    faces = []
    for a, b, c in sides:
        p, right, down = corners[a], (corners[b] - corners[a]) / frequency, (corners[c] - corners[a]) / frequency
        grid = [[add(p + right * i + down * j) for j in range(frequency - i + 1)] for i in range(frequency + 1)]
        for i in range(frequency):
            for j in range(frequency - i):
                faces.append((grid[i][j], grid[i + 1][j], grid[i][j + 1]))
                if j < frequency - i - 1:
                    faces.append((grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1]))
    return np.array(vertices, np.float32), np.array(faces, np.int32)
