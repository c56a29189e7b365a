"""Source -> capture thread -> tracking thread -> subscribers: the newest frame wins, a slow reader delays nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from thenar.data.frame import BadFrame, Frame
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.behind import Behind
from thenar.live.gesture import name_gesture
from thenar.live.hands import HandsTracker
from thenar.live.live_frame import Gestures, LiveFrame, LiveHand, Namer
from thenar.live.mailbox import Mailbox
from thenar.live.one_hand import HandTracker
from thenar.live.sources import Source, SourceLost, SourceStalled
from thenar.run.session import Session

__all__ = ["LiveFrame", "LiveHand", "Pipeline", "PipelineConfig", "State", "Subscription"]

State = Literal["new", "running", "stalled", "lost", "ended", "failed", "stopped"]
Subscription = Mailbox[LiveFrame]
MakeTracker = Callable[[Session, Camera], HandTracker]


@dataclass(frozen=True)
class PipelineConfig:
    """read_timeout_s: how long one look for a frame may take, and with it a stop. stalled_s: without a frame for so
    long a source counts as stalled. retry_s: between attempts to find a lost camera again."""

    read_timeout_s: float = 0.5
    stalled_s: float = 2.0
    retry_s: float = 1.0


@dataclass(frozen=True)
class _Captured:
    frame: Frame
    arrived_s: float
    capture_ms: float


class Pipeline:
    """Tracks the frames of a source on its own threads and hands the results to its subscribers.

    A live source's frames are dropped where tracking is slower than they come; a recording's are all tracked. `state`
    and `message` say how it stands: a camera that is lost is looked for until it is back, any other error ends in
    `failed`. A frame of another camera makes a new tracker. `bad_frames` counts the unreadable. `tap`
    is called with every frame that is read, tracked or not, on the capture thread: it must not wait.
    """

    def __init__(
        self,
        source: Source,
        session: Session,
        config: PipelineConfig | None = None,
        make_tracker: MakeTracker = HandsTracker,
        namer: Namer = name_gesture,
    ) -> None:
        self.source, self.session = source, session
        self.config = config or PipelineConfig()
        self.state: State = "new"
        self.message = ""
        self.failure: Exception | None = None
        self.bad_frames = 0
        self.tap: Callable[[Frame], None] | None = None
        self._make_tracker, self._namer = make_tracker, namer
        self._captured: Mailbox[_Captured] = Mailbox(1 if source.live else 2, lossless=not source.live)
        self._subscriptions: list[Subscription] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the source and the threads; once.

        Raises:
            SourceLost: there is no such camera.
            ThenarError: it was started before.
        """
        if self.state != "new":
            raise ThenarError(f"the pipeline of {self.source.name} was started before", fix="make a new one")
        try:
            self.source.start()
        except Exception:
            self.source.stop()
            self._finish("failed", "the source did not start")
            raise
        self.state = "running"
        for name, work in (("capture", self._capture), ("track", self._track)):
            thread = threading.Thread(target=self._guarded, args=(work,), name=f"thenar {name}", daemon=True)
            self._threads.append(thread)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop the threads and the source; every subscription ends. May be called twice."""
        self._stop.set()
        self._captured.close()
        self._finish("stopped", "")
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def subscribe(self, queue_size: int = 1, every: bool = False) -> Subscription:
        """Frames from now on. A slow reader loses the oldest of its queue; with `every` the tracker waits for it."""
        subscription = Subscription(queue_size, lossless=every)
        with self._lock:
            if self.state in ("ended", "failed", "stopped"):
                subscription.close()
            else:
                self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """No frame comes to it any more."""
        subscription.close()
        with self._lock:
            self._subscriptions = [kept for kept in self._subscriptions if kept is not subscription]

    def __enter__(self) -> Pipeline:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _guarded(self, work: Callable[[], None]) -> None:
        """A thread's work; whatever it raises becomes the state."""
        try:
            work()
        except Exception as error:
            self.failure = error
            self._finish("failed", str(error) if isinstance(error, ThenarError) else f"{type(error).__name__}: {error}")
            self._stop.set()
            self._captured.close()

    def _finish(self, state: State, message: str) -> None:
        with self._lock:
            if self.state not in ("ended", "failed", "stopped"):
                self.state, self.message = state, message
            for subscription in self._subscriptions:
                subscription.close()

    def _capture(self) -> None:
        try:
            last_s = time.perf_counter()
            while not self._stop.is_set():
                begun_s = time.perf_counter()
                try:
                    frame = self.source.read(self.config.read_timeout_s)
                except SourceStalled as error:
                    if time.perf_counter() - last_s >= self.config.stalled_s:
                        self._say("stalled", str(error))
                    continue
                except SourceLost as error:
                    if not self.source.live:
                        raise
                    self._find_again(error)
                    continue
                if frame is None:
                    break
                last_s = time.perf_counter()
                self._say("running", "")
                if isinstance(frame, BadFrame):
                    self.bad_frames += 1
                else:
                    if (tap := self.tap) is not None:
                        tap(frame)
                    self._captured.put(_Captured(frame, last_s, (last_s - begun_s) * 1e3))
            self._captured.close()
        finally:
            self.source.stop()

    def _find_again(self, error: SourceLost) -> None:
        """Start a lost source until it is there, or until the pipeline is stopped."""
        self._say("lost", str(error))
        self.source.stop()
        while not self._stop.wait(self.config.retry_s):
            try:
                self.source.start()
            except SourceLost:
                continue
            return

    def _say(self, state: State, message: str) -> None:
        with self._lock:
            if self.state in ("running", "stalled", "lost"):
                self.state, self.message = state, message

    def _track(self) -> None:
        camera: Camera | None = None
        behind = Behind()
        for sequence, captured in enumerate(self._captured):
            frame, begun_s = captured.frame, time.perf_counter()
            if frame.camera != camera:
                camera = frame.camera
                tracker, gestures = self._make_tracker(self.session, camera), Gestures(self._namer)
            time_s = frame.time_s if frame.time_s is not None else captured.arrived_s
            tracked = tracker.track(frame.depth_mm, time_s)
            tracked_s = time.perf_counter()
            hands = gestures(tracked, time_s)
            done_s = time.perf_counter()
            stages = {"track": (tracked_s - begun_s) * 1e3, "gesture": (done_s - tracked_s) * 1e3}
            timings = {
                "capture": captured.capture_ms,
                "wait": (begun_s - captured.arrived_s) * 1e3,
                **stages,
                "total": (done_s - captured.arrived_s) * 1e3,
            }
            dropped = self._captured.dropped
            slow = behind(time_s, dropped, stages) if self.source.live else ""
            self._publish(LiveFrame(frame, hands, timings, dropped, sequence, time_s, slow))
        self._finish("ended", "")

    def _publish(self, frame: LiveFrame) -> None:
        with self._lock:
            subscriptions = tuple(self._subscriptions)
        for subscription in subscriptions:
            subscription.put(frame)
