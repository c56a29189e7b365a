"""A recording played back: at its own speed, slower or faster, step by step, or as fast as frames are asked for."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from thenar.data.frame import BadFrame, Frame
from thenar.data.recording import Recording
from thenar.errors import ThenarError
from thenar.live.sources.source import SourceStalled

FRAMES_PER_SECOND = 30.0
"""Assumed where a recording has no timestamps."""


class RecordingSource:
    """The frames of a recording as a `Source`.

    speed: 1 plays as it was recorded, 2 twice as fast; None gives each frame as soon as it is asked for. loop: begin
    again at the end, times running on. `pause`, `step`, `resume`, `seek` and `play_at` may come from another thread
    while a read waits. clock, wait: those of the machine, replaceable in tests.

    Raises:
        ThenarError: the speed is not above 0.
    """

    live = False

    def __init__(
        self,
        recording: Recording,
        speed: float | None = None,
        *,
        loop: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = str(recording.path)
        self.recording, self.speed, self.loop = recording, _above_zero(speed, recording), loop
        self._clock, self._wait = clock, wait
        self._times = _steady(recording.times_s)
        self._gate = threading.Condition()
        self._steps: int | None = None  # frames to give before it pauses; None: all
        self.start()

    def start(self) -> None:
        """Begin, or begin again, at the first frame."""
        self._next = 0
        self._started: float | None = None

    def read(self, timeout_s: float) -> Frame | BadFrame | None:
        """The next frame, when its time has come; a recording is never late.

        Raises:
            SourceStalled: it is paused, and was not stepped in time.
        """
        with self._gate:
            if not self._gate.wait_for(lambda: self._steps is None or self._steps > 0, timeout_s):
                raise SourceStalled("is paused", where=self.name, fix="step or resume")
            stepping = self._steps is not None
            count = len(self.recording)
            if self._next >= count and not self.loop:
                return None
            if self._steps is not None:
                self._steps -= 1
            lap, index = divmod(self._next, count)
            self._next += 1
        time_s = self._times[index] + lap * (self._times[-1] + 1 / FRAMES_PER_SECOND)
        frame = self.recording.read(index)
        if self.speed is not None and not stepping:
            now = self._clock()
            self._started = now - time_s / self.speed if self._started is None else self._started
            early = self._started + time_s / self.speed - now
            if early > 0:
                self._wait(early)
        if isinstance(frame, BadFrame):
            return frame
        return Frame(frame.name, frame.depth_mm, frame.camera, time_s, frame.hands)

    @property
    def paused(self) -> bool:
        """Whether it gives frames only as it is stepped."""
        return self._steps is not None

    def pause(self) -> None:
        """Give no further frame."""
        self._set_steps(0)

    def resume(self) -> None:
        """Play on at its speed from where it is."""
        self._set_steps(None)

    def step(self, frames: int = 1) -> None:
        """Give so many more frames, at once, then pause."""
        self._set_steps((self._steps or 0) + frames)

    def seek(self, index: int) -> None:
        """Go on with frame `index`, or, where it is paused, give that one; times jump with it.

        Raises:
            ThenarError: there is no such frame.
        """
        count = len(self.recording)
        if not 0 <= index < count:
            raise ThenarError(f"no frame {index}", where=self.name, fix=f"choose one of 0 to {count - 1}")
        with self._gate:
            self._next = self._next // count * count + index if self.loop else index
            self._started = None
            if self._steps is not None:
                self._steps = 1
                self._gate.notify_all()

    def play_at(self, speed: float | None) -> None:
        """Go on at another speed, as `RecordingSource`.

        Raises:
            ThenarError: the speed is not above 0.
        """
        with self._gate:
            self.speed, self._started = _above_zero(speed, self.recording), None

    def _set_steps(self, steps: int | None) -> None:
        with self._gate:
            self._steps, self._started = steps, None
            self._gate.notify_all()

    def stop(self) -> None:
        """Nothing is held open between frames."""


def _above_zero(speed: float | None, recording: Recording) -> float | None:
    if speed is not None and not 0 < speed < math.inf:
        raise ThenarError(f"speed {speed}", where=recording.path, fix="play at a speed above 0")
    return speed


def _steady(times_s: tuple[float | None, ...]) -> tuple[float, ...]:
    """Seconds from the first frame on, never running back; a frame without a time comes one frame after the last."""
    known = [value for value in times_s if value is not None]
    if not known:
        return tuple(index / FRAMES_PER_SECOND for index in range(len(times_s)))
    steady: list[float] = []
    for value in times_s:
        last = steady[-1] if steady else 0.0
        after = last + (1 / FRAMES_PER_SECOND if steady else 0.0)
        steady.append(max(value - known[0], last) if value is not None else after)
    return tuple(steady)
