"""What a depth window should hold, one ray at a time in float64: slow, plain, and the judge of the fast code."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rays(height: int, width: int, fx: float, fy: float, cx: float, cy: float) -> Array:
    """(h, w, 3) directions with z = 1 through the pixel centres, so that a ray's parameter is its depth."""
    v, u = np.mgrid[0:height, 0:width].astype(np.float64)
    return np.stack([(u - cx) / fx, (v - cy) / fy, np.ones_like(u)], axis=-1)


def triangles(
    shape: tuple[int, int], vertices: Array, faces: NDArray[np.integer], fx: float, fy: float, cx: float, cy: float,
    *, cull: bool = True, near_mm: float = 10.0, doubt_px: float = 2e-3,
) -> tuple[Array, NDArray[np.int64], NDArray[np.bool_]]:  # fmt: skip
    """Depth (h, w), the face seen (h, w) or -1, and where rounding may decide: closer than `doubt_px` to an edge."""
    height, width = shape
    directions = rays(height, width, fx, fy, cx, cy)
    v, u = np.mgrid[0:height, 0:width].astype(np.float64)
    depth = np.full(shape, np.inf)
    seen = np.full(shape, -1, np.int64)
    doubtful = np.zeros(shape, bool)
    for number, face in enumerate(faces):
        corners = np.asarray(vertices[list(face)], np.float64)
        if (corners[:, 2] <= near_mm).any():
            continue
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        facing = normal @ corners[0] < 0
        if cull and not facing:
            continue
        image = np.stack([corners[:, 0] * fx / corners[:, 2] + cx, corners[:, 1] * fy / corners[:, 2] + cy], axis=-1)
        if not facing:
            image = image[::-1]
        inner = np.full(shape, np.inf)  # distance to the nearest edge in pixels, positive inside
        for start, end in zip(image, np.roll(image, -1, axis=0), strict=True):
            along = (end - start) / max(np.linalg.norm(end - start), 1e-12)
            inner = np.minimum(inner, -along[0] * (v - start[1]) + along[1] * (u - start[0]))
        slack = doubt_px + 1e-6 * np.abs(image).max()
        doubtful |= np.abs(inner) < slack
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (normal @ corners[0]) / (directions @ normal)
        nearer = (inner > 0) & (t < depth)
        depth[nearer], seen[nearer] = t[nearer], number
    return depth, seen, doubtful


def march(directions: Array, inside: Callable[[Array], NDArray[np.bool_]], near: float, far: float) -> Array:
    """Depth (h, w) of the first point of each ray that lies inside a body: small steps, then halving the last one.

    What is thinner than a step along the ray may be missed.
    """
    depth = np.full(directions.shape[:2], np.inf)
    steps = np.linspace(near, far, 800)
    for step in steps:
        entered = np.isinf(depth) & inside(directions * step)
        depth[entered] = step
    found = np.isfinite(depth)
    outer = np.where(found, depth - (steps[1] - steps[0]), near)
    inner = np.where(found, depth, near)
    for _ in range(12):
        middle = (outer + inner) / 2
        is_inside = inside(directions * middle[..., None])
        outer, inner = np.where(is_inside, outer, middle), np.where(is_inside, middle, inner)
    return np.where(found, inner, np.inf)
