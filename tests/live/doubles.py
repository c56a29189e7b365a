"""A camera that follows a script, and a tracker that finds an open hand in every frame."""

from __future__ import annotations

import threading
import time

import numpy as np

from thenar.data.frame import Frame
from thenar.hand.camera import Camera
from thenar.live.one_hand import NumberedHand

SMALL = Camera(60.0, 60.0, 31.5, 23.5, 64, 48)
LARGE = Camera(120.0, 120.0, 63.5, 47.5, 128, 96)


def open_hand() -> np.ndarray:
    """(21, 3) mm: a flat right hand that shows its palm, half a metre away."""
    joints = np.zeros((21, 3), np.float32)
    joints[0] = 0, 80, 0
    for finger, (x, top) in enumerate([(-70, 10), (-30, -85), (-8, -95), (14, -88), (36, -70)]):
        root = np.array((x * 0.6, 40 if finger == 0 else 0, 0), np.float32)
        for bone in range(4):
            joints[1 + 4 * finger + bone] = root + (np.array((x, top, 0), np.float32) - root) * bone / 3
    return joints + np.array((0, 0, 500), np.float32)


def frame(index: int, camera: Camera = SMALL, time_s: float | None = None) -> Frame:
    depth = np.full((camera.height, camera.width), 900, np.float32)
    return Frame(f"{index:06d}.png", depth, camera, index / 60 if time_s is None else time_s)


class ScriptedSource:
    """Gives what the script holds: frames as they are, exceptions raised; then ends, or (live) waits to be stopped.

    starts: an exception, or None, for each `start`. interval_s: between two reads.
    """

    def __init__(self, script, live=False, starts=(), interval_s=0.0):
        self.name = "script"
        self.live = live
        self.interval_s = interval_s
        self._script = iter(script)
        self._starts = iter(starts)
        self.started = self.stopped = 0
        self._over = threading.Event()

    def start(self):
        self.started += 1
        error = next(self._starts, None)
        if error is not None:
            raise error

    def read(self, timeout_s):
        if self.interval_s:
            time.sleep(self.interval_s)
        item = next(self._script, None)
        if isinstance(item, Exception):
            raise item
        return item

    def stop(self):
        self.stopped += 1


class FakeTracker:
    """The open hand in every frame, 1 mm further right in each; slow_s: seconds that it takes."""

    slow_s = 0.0

    def __init__(self, session, camera):
        self.camera = camera
        self.count = 0

    def track(self, depth_mm, time_s):
        assert depth_mm.shape == (self.camera.height, self.camera.width)
        time.sleep(self.slow_s)
        joints = open_hand() + np.array((self.count, 0, 0), np.float32)
        self.count += 1
        return (NumberedHand(0, "right", joints, joints, np.full(21, 0.9, np.float32)),)
