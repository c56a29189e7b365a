"""Where a hand may be: candidate centres on the nearest connected bodies of plausible size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thenar.hand.camera import Camera
from thenar.live.components import label_surfaces

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LocateConfig:
    """Geometry of the search, in mm and cells."""

    grid_px: int = 160  # the frame is looked at on a grid of at most this many cells a side
    range_mm: tuple[float, float] = (150.0, 1500.0)
    surface_step_mm: float = 25.0  # neighbouring cells further apart in depth belong to different bodies
    min_area_mm2: float = 2000.0  # a fist seen from its smallest side covers more
    max_bodies: int = 4
    hand_radius_mm: float = 90.0  # from the palm's centre to about the first finger joints
    merge_mm: float = 50.0  # candidates closer than this are one
    depth_mm: float = 600.0  # what lies this far behind the nearest body is not searched
    spacing_mm: float = 90.0  # between the candidates that cover the surfaces
    max_candidates: int = 32


DEFAULT = LocateConfig()


def candidates(depth_mm: NDArray[np.floating], camera: Camera, config: LocateConfig = DEFAULT) -> Floats:
    """(H, W) depth in mm, 0 = no reading -> (K, 3) candidate hand centres in mm, camera frame; K may be 0.

    A hand is an end of a body: of each of the nearest connected bodies the extremities (nearest point, and the
    furthest points in eight image directions) come first. A hand may also lie on a table or before a chest, where it
    ends no body: further points cover the near surfaces evenly. Each is pulled onto the mean of the surface around it,
    so that a candidate sits in the middle of what would be the hand and not on a fingertip. A network that knows
    hands judges which of them is one.
    """
    points, bodies = _bodies(depth_mm, camera, config)
    found: list[Floats] = []

    def add(surface: Floats, start: Floats) -> None:
        center = _settle(surface, start, config.hand_radius_mm)
        if len(found) < config.max_candidates and all(
            np.linalg.norm(center - other) > config.merge_mm for other in found
        ):
            found.append(center)

    for body in bodies:
        surface = points[body]
        for extremity in _extremities(surface):
            add(surface, extremity)
    if bodies:
        surface = np.concatenate([points[body] for body in bodies])
        near = surface[surface[:, 2] <= surface[:, 2].min() + config.depth_mm]
        for start in _cover(near, found, config.spacing_mm, config.max_candidates - len(found)):
            add(near, start)
    return np.stack(found) if found else np.zeros((0, 3), np.float32)


def _bodies(
    depth_mm: NDArray[np.floating], camera: Camera, config: LocateConfig
) -> tuple[Floats, list[NDArray[np.intp]]]:
    """All grid points (N, 3) in mm and, nearest body first, the indices of each plausible body."""
    step = max(1, -(-max(depth_mm.shape) // config.grid_px))
    z = np.nan_to_num(depth_mm[step // 2 :: step, step // 2 :: step], nan=0, posinf=0, neginf=0).astype(np.float32)
    z[(z < config.range_mm[0]) | (z > config.range_mm[1])] = 0
    labels = label_surfaces(z, config.surface_step_mm).ravel()
    v, u = np.indices(z.shape, np.float32) * step + step // 2
    points = camera.unproject(np.stack([u, v, z], axis=-1).reshape(-1, 3))
    seen = np.flatnonzero(labels >= 0)
    if not len(seen):
        return points, []
    area = np.bincount(labels[seen], weights=(points[seen, 2] ** 2) * (step * step / (camera.fx * camera.fy)))
    order = seen[np.argsort(labels[seen], kind="stable")]
    groups = np.split(order, np.cumsum(np.bincount(labels[seen]))[:-1])
    large = [group for group, mm2 in zip(groups, area, strict=True) if mm2 >= config.min_area_mm2]
    large.sort(key=lambda group: float(np.percentile(points[group, 2], 5)))
    return points, large[: config.max_bodies]


def _extremities(surface: Floats) -> Floats:
    """(N, 3) mm -> (9, 3): the nearest point and the furthest in eight directions of the image plane."""
    angles = np.arange(8) * (np.pi / 4)
    directions = np.stack([np.cos(angles), np.sin(angles), np.zeros(8)], axis=1).astype(np.float32)
    furthest = np.argmax(surface @ directions.T, axis=0)
    nearest = np.argmin(surface[:, 2])
    ends: Floats = surface[np.concatenate([[nearest], furthest])]
    return ends


def _cover(surface: Floats, taken: list[Floats], spacing_mm: float, count: int) -> list[Floats]:
    """At most `count` points of the surface, each the one furthest from all before it and from `taken`.

    It ends when every point of the surface has one within `spacing_mm` (farthest point sampling, Gonzalez 1985).
    """
    distance = np.full(len(surface), np.inf)
    for point in taken:
        distance = np.minimum(distance, np.sum((surface - point) ** 2, axis=1))
    chosen: list[Floats] = []
    while len(chosen) < count and len(surface):
        furthest = int(np.argmax(distance))
        if distance[furthest] <= spacing_mm**2:
            break
        chosen.append(surface[furthest])
        distance = np.minimum(distance, np.sum((surface - surface[furthest]) ** 2, axis=1))
    return chosen


def _settle(surface: Floats, start: Floats, radius_mm: float) -> Floats:
    """Mean of the surface within `radius_mm` of `start`, then once more around that mean."""
    center = start
    for _ in range(2):
        near = surface[np.sum((surface - center) ** 2, axis=1) <= radius_mm**2]
        center = near.mean(axis=0) if len(near) else center
    return center.astype(np.float32)
