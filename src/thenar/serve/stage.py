"""What the viewers look at: the live source or the last recording of it, one pipeline at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from thenar.data.recording import open_recording
from thenar.errors import ThenarError
from thenar.live.gesture import name_gesture
from thenar.live.hands import HandsTracker
from thenar.live.live_frame import Namer
from thenar.live.pipeline import LiveFrame, MakeTracker, Pipeline, Subscription
from thenar.live.sources import Source
from thenar.live.sources.recording import RecordingSource
from thenar.run.session import Session
from thenar.serve.shelf import Take


class Stage:
    """Runs a pipeline over the source, or over a recording of it, and gives every frame to `show`.

    folder: where recordings go. show: called on a thread of the stage; frames that come while it is busy are dropped.
    Methods may be called from any thread and wait until what they ask for is done.
    """

    def __init__(
        self,
        source: Source,
        session: Session,
        folder: Path,
        show: Callable[[LiveFrame], None],
        make_tracker: MakeTracker = HandsTracker,
        namer: Namer = name_gesture,
    ) -> None:
        self.source, self.session, self.folder = source, session, folder
        self.mode: Literal["live", "replay"] = "live"
        self._show, self._make_tracker, self._namer = show, make_tracker, namer
        self._lock = threading.RLock()
        self._pipeline: Pipeline | None = None
        self._pump: threading.Thread | None = None
        self._shown: Source = source
        self._places: dict[str, int] = {}
        self._take: Take | None = None
        self._last: Take | None = None

    def start(self) -> None:
        """Show the live source. Raises as `Pipeline.start`."""
        with self._lock:
            self.mode = "live"
            self._run(self.source)

    def stop(self) -> None:
        """Stop everything; what is being recorded is whole."""
        with self._lock:
            self._halt()

    def record(self) -> None:
        """Begin to record the live source.

        Raises:
            ThenarError: a recording is shown, or one is being made.
        """
        with self._lock:
            if self.mode != "live" or self._pipeline is None or self._pipeline.state != "running":
                raise ThenarError("only a live source can be recorded", fix="go back to the live source")
            if self._take is not None and self._take.running:
                raise ThenarError("a recording is being made", where=self._take.path, fix="stop it first")
            self._take = Take(self._pipeline, self.folder)

    def stop_recording(self) -> None:
        """End the recording that is being made, if there is one."""
        with self._lock:
            if self._take is not None:
                self._take.stop()
                self._last = self._take if self._take.frames else self._last
                self._take = None

    def replay(self) -> None:
        """Show the last recording at its own speed, over and over.

        Raises:
            ThenarError: none was made.
        """
        with self._lock:
            self.stop_recording()
            if self._last is None:
                raise ThenarError("nothing was recorded", fix="record something first")
            source = RecordingSource(open_recording(self._last.path), speed=1.0, loop=True)
            self._halt()
            self.mode = "replay"
            self._run(source)

    def live(self) -> None:
        """Go back to the live source. Raises as `Pipeline.start`."""
        with self._lock:
            if self.mode == "live" and self._pipeline is not None and self._pipeline.state in ("running", "stalled"):
                return
            self._halt()
            self.start()

    def playing(self) -> RecordingSource:
        """The recording that is shown.

        Raises:
            ThenarError: a live source is.
        """
        if not isinstance(self._shown, RecordingSource):
            raise ThenarError("a live source can't be gone through", fix="record it, then replay the recording")
        return self._shown

    def place(self, name: str) -> int | None:
        """The place in its recording of a frame, or None for a live source's."""
        return self._places.get(name)

    def status(self) -> dict[str, Any]:
        """What a viewer is told: mode, state and message of the pipeline, and what is recorded."""
        pipeline, take = self._pipeline, self._take or self._last
        state, message = (pipeline.state, pipeline.message) if pipeline else ("stopped", "")
        playback = _playback(self._shown)
        if playback and playback["paused"] and state == "stalled":
            state, message = "running", ""
        return {
            "mode": self.mode,
            "state": state,
            "message": message or (take.message if take else ""),
            "bad_frames": pipeline.bad_frames if pipeline else 0,
            "recording": self._take is not None and self._take.running,
            "recorded": {"frames": take.frames, "dropped": take.dropped, "path": str(take.path)} if take else None,
            "playback": playback,
        }

    def _run(self, source: Source) -> None:
        names = source.recording.names if isinstance(source, RecordingSource) else ()
        self._shown, self._places = source, {name: place for place, name in enumerate(names)}
        pipeline = Pipeline(source, self.session, make_tracker=self._make_tracker, namer=self._namer)
        frames = pipeline.subscribe()
        self._pipeline = pipeline
        pipeline.start()
        self._pump = threading.Thread(target=self._pass_on, args=(frames,), name="thenar show", daemon=True)
        self._pump.start()

    def _pass_on(self, frames: Subscription) -> None:
        for live in frames:
            self._show(live)

    def _halt(self) -> None:
        self.stop_recording()
        if self._pipeline is not None:
            self._pipeline.stop()
        if self._pump is not None:
            self._pump.join()
        self._pipeline = self._pump = None


def _playback(source: Source) -> dict[str, Any] | None:
    """How a recording is played, or None."""
    if not isinstance(source, RecordingSource):
        return None
    return {"speed": source.speed, "paused": source.paused, "count": len(source.recording)}
