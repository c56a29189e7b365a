"""Training samples: a hand, a sensor, a crop whose centre is off, and where the joints are in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter, mesh, poses, sensors, shapes, views
from thenar.data.crops import crop_into
from thenar.data.place import beside, somewhere
from thenar.data.scene import PosedHand, clear_of_lens, place_hand, render, window_camera
from thenar.hand.crop import CROP_SIZE, CUBE_MM, Crop
from thenar.hand.skeleton import JOINT_COUNT
from thenar.train.data import Batch

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SampleRecipe:
    """What is drawn for training; its dict is hashed into a model's recipe."""

    distance_mm: tuple[float, float] = (280.0, 950.0)
    cube_mm: tuple[float, float] = (0.92 * CUBE_MM, 1.08 * CUBE_MM)
    center_sigma_mm: float = 14.0  # what a locator or the last frame is off by, per axis
    drift_share: float = 0.2  # of the centres drift up the forearm,
    drift_mm: float = 70.0  # by up to this much
    left_share: float = 0.15  # crops seen in a mirror: "no right hand here"
    empty_share: float = 0.10  # crops of arms, faces, tables and whatever else a locator may propose: the same
    empty_from_mm: float = 150.0  # nearest to the hand's middle
    random_pose_share: float = 0.5  # the rest are blends of gestures
    poses_per_batch: int = 24  # each pose is seen from several sides with several shapes
    shape_count: int = 3000
    window_px: int = 192
    sensors: tuple[str, ...] = tuple(sensors.SENSORS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for TOML and hashing."""
        return asdict(self)


class SampleSource:
    """Batches of training samples; batch `step` depends on (recipe, seed, step) alone."""

    def __init__(self, recipe: SampleRecipe, seed: int, batch_size: int) -> None:
        self.recipe, self.seed, self.batch_size = recipe, seed, batch_size
        self._mesh = mesh.load()
        rng = np.random.default_rng((seed, 1))
        self._hands = [shapes.apply(self._mesh, shapes.sample(rng, held_out=False)) for _ in range(recipe.shape_count)]
        self._sensors = [sensors.SENSORS[name] for name in recipe.sensors]

    def batch(self, step: int) -> Batch:
        """Batch number `step`."""
        rng = np.random.default_rng((self.seed, 2, step))
        count = self.recipe.poses_per_batch
        random_count = round(count * self.recipe.random_pose_share)
        pose_seed = int(rng.integers(2**31))
        pool = np.concatenate(
            [
                poses.sample_many(pose_seed, random_count, held_out=False, kind="random"),
                poses.sample_many(pose_seed + 1, count - random_count, held_out=False, kind="gesture"),
            ]
        )
        size = self.batch_size
        out = Batch(
            images=np.empty((size, 1, CROP_SIZE, CROP_SIZE), np.float32),
            uvd=np.empty((size, JOINT_COUNT, 3), np.float32),
            present=np.ones(size, np.bool_),
            visible=np.empty((size, JOINT_COUNT), np.bool_),
            cube_mm=np.empty(size, np.float32),
        )
        for i in range(size):
            self._fill(out, i, pool[i % count], rng)
        return out

    def _fill(self, out: Batch, i: int, angles: Floats, rng: np.random.Generator) -> None:
        recipe = self.recipe
        sensor = self._sensors[int(rng.integers(len(self._sensors)))]
        hand = self._hands[int(rng.integers(len(self._hands)))]
        rotation = views.sample(rng)
        truth = somewhere(sensor, rng, recipe.distance_mm, reach_mm=80.0)
        posed = clear_of_lens(place_hand(self._mesh, hand, angles, rotation, truth))
        kind = rng.random()
        left, empty = kind < recipe.left_share, kind > 1 - recipe.empty_share
        plan = clutter.plan(rng, posed.joints_mm, posed.forearm)
        if empty:
            center = beside(posed, plan, sensor.camera, rng, recipe.empty_from_mm)
        else:
            center = posed.joints_mm.mean(axis=0) + self._center_error(rng, posed)
        cube = float(rng.uniform(*recipe.cube_mm))
        camera, stride = window_camera(sensor.camera, center, cube * 1.15, recipe.window_px)
        seen = render(posed, plan, sensor, camera, stride, int(rng.integers(2**31)))
        crop_into(out.images[i, 0], seen.depth_mm, camera, center, cube, mirrored=left)
        out.uvd[i] = Crop(out.images[i, 0], camera, tuple(center.tolist()), cube, left).to_uvd(posed.joints_mm)
        out.visible[i] = seen.visible
        out.present[i] = not (left or empty)
        out.cube_mm[i] = cube

    def _center_error(self, rng: np.random.Generator, posed: PosedHand) -> Floats:
        """(3,) mm: what the crop's centre is off by."""
        recipe = self.recipe
        error = rng.standard_normal(3) * recipe.center_sigma_mm
        if rng.random() < recipe.drift_share:
            error += posed.forearm * rng.uniform(0, recipe.drift_mm)
        return error.astype(np.float32)
