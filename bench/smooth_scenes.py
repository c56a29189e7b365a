"""Hands that hold still and hands that move at 1 m/s, before an SR305; tuning and measuring see different people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from thenar.data import motion, sensors
from thenar.data.duet import Actor, Duet
from thenar.data.frame import Frame
from thenar.data.torture.actors import library
from thenar.data.torture.scenery import person, scene, wall

Purpose = Literal["tune", "measure"]
SEEDS = {"tune": 9_100, "measure": 9_200}
FPS = 30.0
SPEED_MM_S = 1000.0
TURN_S = 0.1
"""How long a moving hand takes to turn round."""
BEHIND = scene(person((0, -190, 950)), wall(1700))
SENSOR = sensors.SENSORS["sr305"]
DISTANCES_MM = (380.0, 450.0, 520.0, 600.0, 680.0, 800.0)
WAYS = {"across": (1.0, 0.0, 0.0), "up and down": (0.0, 1.0, 0.0), "near and far": (0.0, 0.0, 1.0)}
REACH_MM = {"across": 170.0, "up and down": 110.0, "near and far": 120.0}


@dataclass(frozen=True)
class Take:
    """One hand before the sensor: what it does, frame by frame."""

    kind: str
    frames: Iterator[Frame]


def takes(purpose: Purpose) -> Iterator[Take]:
    """Six hands that hold still, and six that move: each way twice, one in a pose, one from pose to pose."""
    for number, z in enumerate(DISTANCES_MM):
        yield Take("still", _frames(still(SEEDS[purpose] + number, 60, z), SEEDS[purpose] + number, number % 2))
    for number, way in enumerate([*WAYS, *WAYS]):
        seed = SEEDS[purpose] + 50 + number
        yield Take(way, _frames(moving(seed, 90, way, changing=number >= len(WAYS)), seed, number % 2))


def still(seed: int, frames: int, z_mm: float) -> motion.Motion:
    """The first pose of a motion, held."""
    one = motion.sequence(seed, 1, FPS, library=library(seed), center_mm=(0, 0, z_mm), reach_mm=(60, 40, 0))
    return motion.Motion(
        np.arange(frames) / FPS,
        np.repeat(one.angles, frames, axis=0),
        np.repeat(one.views, frames, axis=0),
        np.repeat(one.centers_mm, frames, axis=0),
        one.names * frames,
    )


def moving(seed: int, frames: int, way: str, changing: bool) -> motion.Motion:
    """To and fro on a straight line at 1 m/s, `TURN_S` for each turn; the pose held, or changing as gestures do."""
    move = motion.sequence(seed, frames, FPS, library=library(seed))
    along = to_and_fro(move.times_s, REACH_MM[way])[:, None] * np.array(WAYS[way])
    move = replace(move, centers_mm=(np.array([0.0, 0.0, 520.0]) + along).astype(np.float32))
    if changing:
        return move
    return replace(move, angles=np.repeat(move.angles[:1], frames, 0), views=np.repeat(move.views[:1], frames, 0))


def to_and_fro(times_s: np.ndarray, reach_mm: float) -> np.ndarray:
    """(T,) mm in [-reach, reach]: a triangle of `SPEED_MM_S` whose corners are rounded over `TURN_S`."""
    fine = np.arange(0, times_s[-1] + 2 * TURN_S, 0.001)
    length = 4 * reach_mm / SPEED_MM_S
    triangle = reach_mm * (4 * np.abs((fine / length) % 1 - 0.5) - 1)
    width = round(TURN_S / 0.001)
    rounded = np.convolve(triangle, np.full(width, 1 / width), mode="valid")
    return np.interp(times_s, fine[: len(rounded)], rounded)


def _frames(move: motion.Motion, seed: int, left: int) -> Iterator[Frame]:
    duet = Duet(SENSOR, (Actor("left" if left else "right", move),), seed, BEHIND)
    return (duet.frame(index) for index in range(len(duet)))
