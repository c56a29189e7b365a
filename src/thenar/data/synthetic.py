"""Recordings made here: a moving hand as one sensor sees it, with its true joints."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tqdm import tqdm

from thenar.data import clutter, mesh, motion, sensors, shapes
from thenar.data.frame import Frame, Hand
from thenar.data.recording import Recorder
from thenar.data.sample import SampleRecipe, SampleSource
from thenar.data.scene import place_hand, render
from thenar.data.sensors import Sensor
from thenar.errors import ThenarError

Side = Literal["right", "left"]


def find_sensor(name: str) -> Sensor:
    """The sensor of that name.

    Raises:
        ThenarError: there is none; the message lists them.
    """
    if name not in sensors.SENSORS:
        raise ThenarError(f"unknown sensor {name!r}", fix=f"use one of {', '.join(sensors.SENSORS)}")
    return sensors.SENSORS[name]


def frames_of(sensor: Sensor, count: int, seed: int, side: Side = "right", fps: float = 30.0) -> Iterator[Frame]:
    """`count` frames of one held-out hand that moves from gesture to gesture before people and things that stand still.

    The same arguments give the same frames.
    """
    rng = np.random.default_rng((seed, 5))
    model = mesh.load()
    hand = shapes.apply(model, shapes.sample(rng, held_out=True))
    far = max(520.0, sensor.near_mm + 250.0)
    moved = motion.sequence(seed, count, fps, center_mm=(0.0, 0.0, far), hand=(hand.joints, hand.axes))
    plan = None
    for i in range(count):
        center = moved.centers_mm[i]
        posed = place_hand(model, hand, moved.angles[i], moved.views[i], center, mirrored=side == "left")
        if plan is None:
            plan = clutter.plan(rng, posed.joints_mm, posed.forearm, BACKGROUND)
        seen = render(posed, plan, sensor, sensor.camera, 1, int(rng.integers(2**31)))
        label = Hand(
            posed.joints_mm,
            side,
            gesture=moved.names[i] or None,
            visible=tuple(bool(v) for v in seen.visible),
            sensor=sensor.name,
            distance_mm=float(posed.joints_mm[:, 2].mean()),
        )
        yield Frame(f"{i:06d}.png", seen.depth_mm, sensor.camera, float(moved.times_s[i]), (label,))


BACKGROUND = clutter.ClutterMix(
    body=1.0, surface=0.0, wall=0.5, things=0.0, sleeve=0.0, held=0.0, second_hand=0.0, cable=0.0
)
"""A person behind the hand and nothing that would have to move with it."""


def write_recording(
    out: Path, frames: int, sensor_name: str, seed: int, side: Side, fps: float, progress: bool = True
) -> int:
    """Write `frames` frames to the recording `out`; gives back how many.

    Raises:
        ThenarError: no such sensor, `out` already holds a recording, or the disk is full: the frames before stay.
    """
    sensor = find_sensor(sensor_name)
    with Recorder(out, sensor.camera) as recorder:
        made = frames_of(sensor, frames, seed, side, fps)
        for frame in tqdm(made, total=frames, unit="frame", disable=None if progress else True, file=sys.stderr):
            recorder.write(frame.depth_mm, frame.time_s, frame.hands)
        return recorder.count


def bench_samples(seed: int, seconds: float = 10.0, batch_size: int = 64) -> dict[str, Any]:
    """Training samples per second of one core, the whole path: pose, skin, draw, clutter, sensor, crop, targets.

    Processor time of this process is counted, not the clock, after one batch has compiled everything.
    """
    source = SampleSource(SampleRecipe(), seed, batch_size)
    source.batch(0)
    start, wall = time.process_time(), time.perf_counter()
    batches = 0
    while time.process_time() - start < seconds:
        batches += 1
        source.batch(batches)
    spent, waited = time.process_time() - start, time.perf_counter() - wall
    return {
        "samples": batches * batch_size,
        "samples_per_s_core": batches * batch_size / spent,
        "samples_per_s": batches * batch_size / waited,
        "sensors": list(SampleRecipe().sensors),
    }
