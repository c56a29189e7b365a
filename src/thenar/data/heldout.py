"""The held-out benchmark: frames of hands and poses that training never draws, the same for ever."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter, mesh, poses, sensors, shapes, views
from thenar.data.place import somewhere
from thenar.data.scene import clear_of_lens, place_hand, render
from thenar.hand.camera import Camera
from thenar.hand.crop import CUBE_MM, crop_hand
from thenar.train.data import Batch

Floats = NDArray[np.float32]

KINDS: Final[tuple[poses.Kind, ...]] = ("random", "gesture")


@dataclass(frozen=True)
class HeldoutRecipe:
    """Half the poses random within the limits and half gestures, every sensor in equal parts, all rolls.

    The sensors take turns, and so do the two kinds of poses after each round of sensors. No pose is shown twice.
    """

    frames: int = 4000
    seed: int = 4_000_001
    distance_mm: tuple[float, float] = (300.0, 900.0)
    max_view_deg: float = 75.0
    sensors: tuple[str, ...] = tuple(sensors.SENSORS)
    shape_count: int = 500
    clutter: str = "one_hand"
    least_readable: int = 8  # joints that are visible and have a reading; a frame with fewer is drawn again

    def to_dict(self) -> dict[str, Any]:
        """Plain values for TOML and hashing."""
        return asdict(self)


BENCHMARK = HeldoutRecipe()
VALIDATION = HeldoutRecipe(frames=1000, seed=4_000_002)
"""Looked at while training; the benchmark is not."""


@dataclass(frozen=True)
class HeldoutFrame:
    """A whole frame: depth_mm (H, W), joints_mm (21, 3) camera frame, visible (21,), and what it was made of."""

    depth_mm: Floats
    camera: Camera
    joints_mm: Floats
    visible: NDArray[np.bool_]
    sensor: str
    kind: str
    yaw_deg: float
    pitch_deg: float

    @property
    def readable(self) -> int:
        """How many joints are visible and have a reading: with few of them nobody could tell the hand."""
        return int((self.visible & _has_reading(self.depth_mm, self.camera, self.joints_mm)).sum())


class Heldout:
    """Frame `index` depends on the recipe and the index alone."""

    def __init__(self, recipe: HeldoutRecipe = BENCHMARK) -> None:
        self.recipe = recipe
        self._mesh = mesh.load()
        rng = np.random.default_rng((recipe.seed, 1))
        self._hands = [shapes.apply(self._mesh, shapes.sample(rng, held_out=True)) for _ in range(recipe.shape_count)]
        rounds = -(-recipe.frames // (2 * len(recipe.sensors)))
        self._poses = {
            kind: poses.sample_many(recipe.seed + k, rounds * len(recipe.sensors), held_out=True, kind=kind)
            for k, kind in enumerate(KINDS)
        }

    def __len__(self) -> int:
        return self.recipe.frames

    def __getitem__(self, index: int) -> HeldoutFrame:
        """Render frame `index`."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        frames = (self._frame(index, attempt) for attempt in count())
        return next(frame for frame in frames if frame.readable >= self.recipe.least_readable)

    def _frame(self, index: int, attempt: int) -> HeldoutFrame:
        recipe = self.recipe
        rng = np.random.default_rng((recipe.seed, 2, index, attempt))
        turn, place = divmod(index, len(recipe.sensors))
        name = recipe.sensors[place]
        sensor = sensors.SENSORS[name]
        kind = KINDS[turn % 2]
        angles = self._poses[kind][turn // 2 * len(recipe.sensors) + place]
        rotation, yaw, pitch = views.uniform(rng, recipe.max_view_deg)
        hand = self._hands[int(rng.integers(len(self._hands)))]
        center = somewhere(sensor, rng, recipe.distance_mm)
        posed = clear_of_lens(place_hand(self._mesh, hand, angles, rotation, center))
        plan = clutter.plan(rng, posed.joints_mm, posed.forearm, clutter.MIXES[recipe.clutter])
        seen = render(posed, plan, sensor, sensor.camera, 1, int(rng.integers(2**31)))
        return HeldoutFrame(
            seen.depth_mm, sensor.camera, posed.joints_mm, seen.visible, name, kind, float(yaw), float(pitch)
        )


def _has_reading(depth_mm: Floats, camera: Camera, joints_mm: Floats) -> NDArray[np.bool_]:
    """(21,) whether the sensor has a reading at a joint's pixel."""
    columns, rows = np.rint(camera.project(joints_mm)[:, :2]).astype(np.int64).T
    inside = (columns >= 0) & (columns < camera.width) & (rows >= 0) & (rows < camera.height)
    return inside & (depth_mm[np.where(inside, rows, 0), np.where(inside, columns, 0)] > 0)


def crops_of(recipe: HeldoutRecipe, batch_size: int = 100, center_sigma_mm: float = 10.0) -> list[Batch]:
    """The recipe's frames as batches of crops whose centres are off by `center_sigma_mm` per axis."""
    frames = Heldout(recipe)
    rng = np.random.default_rng((recipe.seed, 3))
    batches = []
    for start in range(0, len(frames), batch_size):
        rows: list[tuple[Floats, Floats, NDArray[np.bool_]]] = []
        for index in range(start, min(start + batch_size, len(frames))):
            frame = frames[index]
            center = frame.joints_mm.mean(axis=0) + rng.normal(0, center_sigma_mm, 3)
            crop = crop_hand(frame.depth_mm, frame.camera, center)
            rows.append((crop.image[None], crop.to_uvd(frame.joints_mm), frame.visible))
        images, uvd, visible = (np.stack(column) for column in zip(*rows, strict=True))
        size = len(rows)
        batches.append(Batch(images, uvd, np.ones(size, np.bool_), visible, np.full(size, CUBE_MM, np.float32)))
    return batches
