"""Hands that are made up as they are asked for: a camera for those who have none."""

from __future__ import annotations

import time
from collections.abc import Callable

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.live.sources.clock import whole_ticks

CYCLE_S = 20.0
"""Length of the motion that is played to its end, back to its start, and over again."""


class SyntheticSource:
    """An endless pair of moving hands, or one, as a sensor would see it; needs the extra `synth`.

    hands: 1 or 2. fps: frames per second of the motion, and of the clock where `paced`; else frames come as fast as
    they are read. The same seed gives the same frames. clock, wait: those of the machine, replaceable in tests.

    Raises:
        ThenarError: no such sensor, or another number of hands.
        MissingExtra: Numba is not installed.
    """

    live = True

    def __init__(
        self,
        sensor: str = "sr305",
        *,
        hands: int = 2,
        fps: float = 60.0,
        seed: int = 0,
        paced: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        from thenar.data.duet import Duet, both
        from thenar.data.synthetic import find_sensor

        if hands not in (1, 2) or not fps > 0:
            raise ThenarError(
                f"{hands} hands at {fps} frames per second", where="synthetic", fix="ask for 1 or 2 hands"
            )
        self.name = f"synthetic {sensor}"
        self.fps, self.paced = fps, paced
        chosen = find_sensor(sensor)
        far_mm = max(520.0, chosen.near_mm + 250.0)
        self._duet = Duet(chosen, both(seed, round(CYCLE_S * fps), fps, far_mm)[:hands], seed)
        self._clock, self._wait = clock, wait
        self.start()

    def start(self) -> None:
        """Begin, or begin again, at the first frame."""
        self._next = 0
        self._started: float | None = None

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame; where `paced`, the one whose time it is: those missed are passed over."""
        index = self._next
        if self.paced:
            now = self._clock()
            self._started = now if self._started is None else self._started
            index = max(index, int((now - self._started) * self.fps + 1e-6))
            early = self._started + index / self.fps - now
            if early > 0:
                self._wait(early)
        self._next = index + 1
        turn = 2 * len(self._duet) - 2
        place = index % turn
        made = self._duet.frame(place if place < len(self._duet) else turn - place, whole_ticks(index / self.fps))
        return Frame(f"{index:06d}.png", made.depth_mm, made.camera, made.time_s, made.hands)

    def stop(self) -> None:
        """Nothing is held open between frames."""
