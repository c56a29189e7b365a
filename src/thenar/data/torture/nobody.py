"""Rooms without a hand: people, tables, things, and arms whose hands are outside the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter, mesh, motion, raster, sensors, shapes, shapes3d, views
from thenar.data.clutter import ClutterMix, ClutterPlan
from thenar.data.frame import Frame
from thenar.data.place import somewhere
from thenar.data.poses import sample
from thenar.data.scene import PosedHand, draw, place_hand
from thenar.data.sensors import Sensor
from thenar.data.torture.sequence import FPS, Torture

Floats = NDArray[np.float32]

SEED: Final = 8_800
ROOMS: Final = 20
FRAMES: Final = 50
"""Rooms, and frames of each; what stands in a room drifts, as before a camera that is carried."""

ROOM: Final = ClutterMix(
    arm=0.0, body=0.8, surface=0.5, wall=0.6, things=0.7, sleeve=0.0, held=0.0, second_hand=0.0, cable=0.25
)
ARM_TOO: Final = ClutterMix(
    arm=1.0, body=0.5, surface=0.3, wall=0.5, things=0.4, sleeve=0.5, held=0.0, second_hand=0.0, cable=0.0
)
DISTANCE_MM: Final = (350.0, 1100.0)
OUTSIDE_MM: Final = 130.0
"""From the picture's edge to the middle of a hand that isn't in it; a finger is no longer than that."""
DRIFT_MM: Final = np.array([70.0, 45.0, 70.0])


def nobody() -> Iterator[Frame]:
    """1,000 frames; in every fourth room an arm reaches in whose hand is outside."""
    names = list(sensors.SENSORS)
    for number in range(ROOMS):
        room = _arm_room if number % 4 == 3 else _room
        start_s = number * FRAMES / FPS
        for index, frame in enumerate(room(sensors.SENSORS[names[number % len(names)]], number)):
            yield Frame(
                f"{number * FRAMES + index:06d}.png",
                frame,
                sensors.SENSORS[names[number % len(names)]].camera,
                start_s + index / FPS,
            )


def _room(sensor: Sensor, number: int) -> Iterator[Floats]:
    """What would be around a hand, without the hand."""
    rng = np.random.default_rng((SEED, number))
    posed = _hand(rng, somewhere(sensor, rng, DISTANCE_MM), views.sample(rng))
    plan = clutter.plan(rng, posed.joints_mm, posed.forearm, ROOM)
    for index, way in enumerate(_drift(rng)):
        depth, ids = raster.window(sensor.camera.height, sensor.camera.width)
        f = np.array([sensor.camera.fx, sensor.camera.fy, sensor.camera.cx, sensor.camera.cy], np.float32)
        clutter.draw(depth, ids, f[0], f[1], f[2], f[3], moved(plan, way))
        yield sensors.apply(sensor, depth, 1, sensor.camera.fx, _noise_seed(number, index))


def _arm_room(sensor: Sensor, number: int) -> Iterator[Floats]:
    """An arm that comes in from beyond one edge, its fingers pointing out of the picture."""
    rng = np.random.default_rng((SEED, number))
    camera = sensor.camera
    z = max(sensor.near_mm + 150.0, rng.uniform(400.0, 800.0))
    right = rng.random() < 0.5
    edge = camera.unproject(np.array([camera.width - 1.0 if right else 0.0, rng.uniform(0.3, 0.7) * camera.height, z]))
    out = np.array([1.0 if right else -1.0, 0.0, 0.0], np.float32)
    view = views.rotation(rng.uniform(-60, 60), rng.uniform(-15, 15), 90.0 if right else -90.0)
    posed = _hand(rng, edge + OUTSIDE_MM * out, view)
    plan = clutter.plan(rng, posed.joints_mm, posed.forearm, ARM_TOO)
    for index, way in enumerate(_drift(rng)):
        shift = (np.abs(way) * out + way * (0, 1, 0)).astype(np.float32)
        here = PosedHand(posed.vertices + shift, posed.faces, posed.joints_mm + shift, posed.forearm)
        depth, _ = draw(here, moved(plan, shift), camera)
        yield sensors.apply(sensor, depth, 1, camera.fx, _noise_seed(number, index))


def moved(plan: ClutterPlan, by_mm: Floats) -> ClutterPlan:
    """The same things, all of them `by_mm` (3,) further on."""
    table = plan.shapes.copy()
    table[:, 2:5] += by_mm
    table[table[:, 0] == shapes3d.ROUND_CONE, 5:8] += by_mm
    return ClutterPlan(table)


def _hand(rng: np.random.Generator, center: Floats, view: Floats) -> PosedHand:
    model = mesh.load()
    shape = shapes.apply(model, shapes.sample(rng, held_out=True))
    return place_hand(model, shape, sample(rng, held_out=True), view, center)


def _drift(rng: np.random.Generator) -> Floats:
    """(FRAMES, 3) mm: there and back."""
    ends = rng.uniform(-1, 1, 3) * DRIFT_MM
    share = motion.minimum_jerk(np.abs(np.linspace(-1, 1, FRAMES)))
    return (share[:, None] * ends).astype(np.float32)


def _noise_seed(number: int, index: int) -> int:
    return int(np.random.default_rng((SEED, number, index)).integers(2**31))


ALL: Final = (Torture("nobody", "rooms, people and arms without a hand", nobody),)
