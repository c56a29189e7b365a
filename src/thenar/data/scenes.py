"""Training samples of whole views: up to two hands anywhere before a sensor, and where they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter, clutter_near, mesh, poses, raster, sensors, shapes, shapes3d, views
from thenar.data.clutter import ClutterMix, ClutterPlan
from thenar.data.duet import IDS, visible_of
from thenar.data.place import somewhere
from thenar.data.scene import PosedHand, clear_of_lens, place_hand
from thenar.data.sensors import Sensor
from thenar.hand.camera import Camera
from thenar.hand.view import HALF_MM, MIDDLE_MM, VIEW_HEIGHT, VIEW_WIDTH, encode, view_camera
from thenar.train.views import LEFT, MOST_HANDS, NOBODY, RIGHT, UNCLEAR, ViewBatch

Floats = NDArray[np.float32]

WITHOUT_HANDS: Final = ClutterMix(second_hand=0)


@dataclass(frozen=True)
class SceneRecipe:
    """What is drawn; its dict is hashed into a model's recipe."""

    distance_mm: tuple[float, float] = (250.0, 1200.0)
    hands: tuple[float, float, float] = (0.2, 0.4, 0.4)  # share of views with none, one and two
    near_share: float = 0.4  # of second hands that are held close to the first,
    near_mm: tuple[float, float] = (60.0, 250.0)  # so far from it
    same_side_share: float = 0.08  # of pairs: two people
    random_pose_share: float = 0.4
    poses_per_batch: int = 24
    shape_count: int = 1000
    least_visible: int = 4  # joints; with fewer nobody is asked to find the hand
    held_out: bool = False
    sensors: tuple[str, ...] = tuple(sensors.SENSORS)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for TOML and hashing."""
        return asdict(self)


class SceneSource:
    """Batches of views; batch `step` depends on (recipe, seed, step) alone."""

    def __init__(self, recipe: SceneRecipe, seed: int, batch_size: int) -> None:
        self.recipe, self.seed, self.batch_size = recipe, seed, batch_size
        self._mesh = mesh.load()
        rng = np.random.default_rng((seed, 21))
        drawn = (shapes.sample(rng, held_out=recipe.held_out) for _ in range(recipe.shape_count))
        self._hands = [shapes.apply(self._mesh, shape) for shape in drawn]
        self._sensors = [sensors.SENSORS[name] for name in recipe.sensors]

    def batch(self, step: int) -> ViewBatch:
        """Batch number `step`."""
        rng = np.random.default_rng((self.seed, 22, step))
        pool = self._pool(int(rng.integers(2**31)))
        size = self.batch_size
        out = ViewBatch(
            images=np.empty((size, 1, VIEW_HEIGHT, VIEW_WIDTH), np.float32),
            uvd=np.zeros((size, MOST_HANDS, 3), np.float32),
            radius_px=np.ones((size, MOST_HANDS), np.float32),
            side=np.zeros((size, MOST_HANDS), np.int64),
        )
        for i in range(size):
            self._fill(out, i, pool, rng)
        return out

    def _pool(self, seed: int) -> Floats:
        count = self.recipe.poses_per_batch
        random_count = round(count * self.recipe.random_pose_share)
        held_out = self.recipe.held_out
        some = poses.sample_many(seed, random_count, held_out=held_out, kind="random")
        others = poses.sample_many(seed + 1, count - random_count, held_out=held_out, kind="gesture")
        return np.concatenate([some, others])

    def _fill(self, out: ViewBatch, i: int, pool: Floats, rng: np.random.Generator) -> None:
        sensor = self._sensors[int(rng.integers(len(self._sensors)))]
        count = int(rng.choice(3, p=self.recipe.hands))
        sides = self._sides(rng)
        posed: list[PosedHand] = []
        for side in sides[: max(count, 1)]:
            posed.append(self._pose(pool, rng, self._place(sensor, rng, posed), side == LEFT))
        plan = clutter.plan(rng, posed[0].joints_mm, posed[0].forearm, WITHOUT_HANDS)
        posed = posed[:count]
        camera, stride = view_camera(sensor.camera)
        depth, ids = _draw(posed, plan, camera, rng)
        out.images[i, 0] = encode(sensors.apply(sensor, depth, stride, camera.fx, int(rng.integers(2**31))))
        for number, (hand, side) in enumerate(zip(posed, sides, strict=False)):
            u, v, z = camera.project(hand.joints_mm.mean(axis=0))
            seen = int(visible_of(depth, ids, camera.project(hand.joints_mm), number).sum())
            inside = 0 <= u < camera.width and 0 <= v < camera.height
            out.uvd[i, number] = u, v, (z - MIDDLE_MM) / HALF_MM
            palm = float(np.linalg.norm(hand.joints_mm[9] - hand.joints_mm[0]))
            out.radius_px[i, number] = palm / 2 * camera.fx / z
            clear = inside and seen >= self.recipe.least_visible
            out.side[i, number] = side if clear else UNCLEAR if inside else NOBODY

    def _sides(self, rng: np.random.Generator) -> tuple[int, int]:
        one = RIGHT if rng.random() < 0.5 else LEFT
        return one, one if rng.random() < self.recipe.same_side_share else RIGHT + LEFT - one

    def _place(self, sensor: Sensor, rng: np.random.Generator, others: list[PosedHand]) -> Floats:
        """(3,) mm: the middle of the next hand."""
        if others and rng.random() < self.recipe.near_share:
            way = rng.standard_normal(3)
            way *= rng.uniform(*self.recipe.near_mm) / np.linalg.norm(way)
            place = others[0].joints_mm.mean(axis=0) + way
            place[2] = max(place[2], self.recipe.distance_mm[0])
            return place.astype(np.float32)
        return somewhere(sensor, rng, self.recipe.distance_mm, reach_mm=55.0)

    def _pose(self, pool: Floats, rng: np.random.Generator, center: Floats, left: bool) -> PosedHand:
        hand = self._hands[int(rng.integers(len(self._hands)))]
        angles = pool[int(rng.integers(len(pool)))]
        return clear_of_lens(place_hand(self._mesh, hand, angles, views.sample(rng), center, left))


def _draw(
    posed: list[PosedHand], plan: ClutterPlan, camera: Camera, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.uint8]]:
    """The hands, the second one's arm, and what is around the first: depth and ids, see `raster`."""
    depth, ids = raster.window(camera.height, camera.width)
    fx, fy, cx, cy = np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32)
    for number, hand in enumerate(posed):
        raster.draw(depth, ids, hand.vertices, hand.faces, fx, fy, cx, cy, IDS[number])
    clutter.draw(depth, ids, fx, fy, cx, cy, plan)
    for hand in posed[1:]:
        table = np.zeros((2, shapes3d.COLUMNS), np.float32)
        direction = (hand.forearm / np.linalg.norm(hand.forearm)).astype(np.float32)
        rows = clutter_near.arm(table, 0, rng, hand.joints_mm, direction)
        clutter.draw(depth, ids, fx, fy, cx, cy, ClutterPlan(table[:rows]))
    return depth, ids
