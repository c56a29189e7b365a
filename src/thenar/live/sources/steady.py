"""A camera that people pull the plug of: found again, started again, its clock set right."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from thenar.data.frame import BadFrame, Frame
from thenar.live.sources.clock import FrameClock
from thenar.live.sources.source import Source, SourceLost, SourceStalled

State = Literal["stopped", "streaming", "stalled", "lost"]


@dataclass(frozen=True)
class Patience:
    """How long a camera is waited for, in seconds.

    look_s: between looks for one that is lost, doubled after each up to look_most_s. give_up_s: without one, the
    source ends. restart_s: a camera that is there and silent for so long is stopped and started again.
    """

    look_s: float = 0.5
    look_most_s: float = 4.0
    give_up_s: float = 60.0
    restart_s: float = 6.0


@dataclass(frozen=True)
class Status:
    """What a viewer shows: the state, a line that says why, and how often it was lost and started again."""

    state: State = "stopped"
    reason: str = ""
    losses: int = 0
    restarts: int = 0


class SteadySource:
    """A `Source` over one that may be lost: `read` raises `SourceStalled` while it is being looked for.

    Only when it is not found within `patience`, `read` raises `SourceLost`. Times of frames begin at 0 and never run
    back. A first `start` that fails is told at once. `stop` may come from another thread; it waits for a read that is
    under way. clock: the host's, replaceable in tests, as is `wait`, which returns early when the source is stopped.
    """

    def __init__(
        self,
        source: Source,
        patience: Patience | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self.name, self.live = source.name, source.live
        self.source = source
        self.patience = patience or Patience()
        self.status = Status()
        self._clock = clock
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._lock = threading.Lock()
        self._begin()

    def start(self) -> None:
        """Begin; raises as `Source.start`."""
        with self._lock:
            self._stopped.clear()
            self._begin()
            self.source.start()
            self.status = Status("streaming")

    def read(self, timeout_s: float) -> Frame | BadFrame | None:
        """The next frame; raises as `Source.read`."""
        with self._lock:
            if self.status.state == "stopped":
                raise SourceLost("is stopped", where=self.name, fix="start it first")
            if self.status.state == "lost":
                timeout_s -= self._look(timeout_s)
            try:
                frame = self.source.read(max(timeout_s, SHORTEST_S))
            except SourceStalled as error:
                self._silent(str(error))
                raise
            except SourceLost as error:
                self._lose(str(error))
                raise SourceStalled(f"{error}; looking for it") from None
            return self._arrived(frame)

    def stop(self) -> None:
        """Let go of the camera."""
        self._stopped.set()
        with self._lock:
            self.source.stop()
            self.status = replace(self.status, state="stopped", reason="")

    def _begin(self) -> None:
        self._times = FrameClock(self._clock)
        self._since: float | None = None  # when the last frame was missed
        self._silent_since: float | None = None  # the same, or when it was last started again
        self._pause_s = self.patience.look_s
        self._next_look = 0.0

    def _arrived(self, frame: Frame | BadFrame | None) -> Frame | BadFrame | None:
        self.status = replace(self.status, state="streaming", reason="")
        self._since, self._silent_since, self._pause_s = None, None, self.patience.look_s
        if not isinstance(frame, Frame):
            return frame
        return replace(frame, time_s=self._times.time_s(frame.time_s))

    def _silent(self, reason: str) -> None:
        """No frame in time: after a while the camera is treated as lost, which starts it again."""
        now = self._clock()
        self._since = now if self._since is None else self._since
        self._silent_since = now if self._silent_since is None else self._silent_since
        self.status = replace(self.status, state="stalled", reason=reason)
        if now - self._silent_since >= self.patience.restart_s:
            self._lose(reason)
        self._give_up(reason, now)

    def _lose(self, reason: str) -> None:
        self.source.stop()
        self._since = self._clock() if self._since is None else self._since
        self._silent_since = None
        self._next_look = self._clock()
        self.status = replace(self.status, state="lost", reason=reason, losses=self.status.losses + 1)

    def _look(self, timeout_s: float) -> float:
        """Start the lost camera again, when it is time for it; gives back the seconds that were waited."""
        begun = self._clock()
        if self._next_look > begun:
            self._wait(min(self._next_look - begun, timeout_s))
        if self._stopped.is_set():
            raise SourceLost("is stopped", where=self.name, fix="start it first")
        now = self._clock()
        if now < self._next_look:
            raise SourceStalled(self.status.reason)
        try:
            self.source.start()
        except SourceLost as error:
            self._give_up(str(error), now)
            self._next_look = now + self._pause_s
            self._pause_s = min(2 * self._pause_s, self.patience.look_most_s)
            self.status = replace(self.status, reason=str(error))
            raise SourceStalled(f"{error}; looking for it") from None
        self._times.restarted()
        self.status = replace(self.status, state="stalled", reason="started again", restarts=self.status.restarts + 1)
        return now - begun

    def _give_up(self, reason: str, now: float) -> None:
        if self._since is not None and now - self._since >= self.patience.give_up_s:
            raise SourceLost(f"{reason}; given up after {self.patience.give_up_s:g} s") from None


SHORTEST_S: Final = 0.01
"""A read waits at least so long, even when looking for the camera took all its time."""
