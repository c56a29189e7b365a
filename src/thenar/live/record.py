"""A source into a recording: one thread reads, another writes, and what doesn't fit between them is counted."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal

from tqdm import tqdm

from thenar.data.frame import BadFrame, Frame
from thenar.data.recording import Recorder
from thenar.errors import ThenarError
from thenar.live.sources.source import Source, SourceLost, SourceStalled, started

ROOM: Final = 64
"""Frames that may wait to be written: a second or two, about 80 MB of 640x480."""

TIMEOUT_S: Final = 1.0


class FrameWriter:
    """Writes frames to a recording on a thread of its own, in the order in which they are offered.

    A camera that changes its resolution goes on in a folder beside: `OUT-2`, `OUT-3`. written, dropped: frames so far.

    Raises:
        ThenarError: the folder holds something already. (`offer`, `close`) it can't be written, as when the disk is
            full; whole frames written before stay readable.
    """

    def __init__(self, out: Path, room: int = ROOM) -> None:
        if out.exists() and not (out.is_dir() and not any(out.iterdir())):
            raise ThenarError("already holds something", where=out, fix="choose a new or an empty folder")
        self.out = out
        self.folders: tuple[Path, ...] = ()
        self.written = self.dropped = 0
        self._queue: queue.Queue[Frame | None] = queue.Queue(room)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"write {out}", daemon=True)
        self._thread.start()

    def offer(self, frame: Frame, wait: bool = False) -> bool:
        """Hand a frame over; where there is no room it is dropped and False comes back, unless told to wait."""
        while True:
            self._check()
            try:
                self._queue.put(frame, timeout=0.1 if wait else None, block=wait)
            except queue.Full:
                if wait:
                    continue
                self.dropped += 1
                return False
            return True

    def close(self) -> None:
        """Write what is waiting, then end; may be called twice."""
        while self._thread.is_alive() and self._error is None:
            try:
                self._queue.put(None, timeout=0.1)
                break
            except queue.Full:
                continue
        self._thread.join()
        self._check()

    def __enter__(self) -> FrameWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except ThenarError:
            if error is None:
                raise

    def _check(self) -> None:
        if self._error is not None:
            kept = f"{self.written} whole frames before it are kept"
            raise ThenarError(f"{self._error}; {kept}") from self._error

    def _run(self) -> None:
        recorder: Recorder | None = None
        try:
            while (frame := self._queue.get()) is not None:
                if recorder is None or recorder.camera != frame.camera:
                    if recorder is not None:
                        recorder.close()
                    recorder = Recorder(self._next_folder(), frame.camera)
                    self.folders += (recorder.path,)
                recorder.write(frame.depth_mm, frame.time_s, frame.hands)
                self.written += 1
        except Exception as error:  # told to the thread that offers frames
            self._error = error
        finally:
            if recorder is not None:
                recorder.close()

    def _next_folder(self) -> Path:
        number = len(self.folders) + 1
        return self.out if number == 1 else self.out.with_name(f"{self.out.name}-{number}")


@dataclass(frozen=True)
class RecordSummary:
    """frames: written; dropped: there was no room for them; unreadable: the source could not give them; stalls: reads
    that came back empty; ended: why, and in `reason` what the source said."""

    out: tuple[str, ...]
    frames: int
    dropped: int
    unreadable: int
    stalls: int
    seconds: float
    ended: Literal["end", "limit", "stopped", "lost"]
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def record(
    source: Source,
    out: Path,
    *,
    frames: int | None = None,
    seconds: float | None = None,
    room: int = ROOM,
    progress: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> RecordSummary:
    """Record a source, which is started and stopped here, until it ends, is lost, or as much as asked for has come.

    frames, seconds: at most so many; a camera's seconds are the clock's, else those of the frames. A frame of a camera
    for which there is no room is dropped and counted; a recording's waits. Ctrl-C ends it as a limit does. progress: a
    bar on stderr where that is a terminal.

    Raises:
        ThenarError: `out` holds something, the disk is full, or the source can't be started or gave no frame.
    """
    taken = unreadable = stalls = 0
    ended: Literal["end", "limit", "stopped", "lost"] = "limit"
    reason = ""
    first_s: float | None = None
    with FrameWriter(out, room) as writer:
        bar = tqdm(total=frames, unit="frame", disable=None if progress else True, file=sys.stderr)
        try:
            with started(source), bar:
                begun = clock()
                while frames is None or taken < frames:
                    if source.live and seconds is not None and clock() - begun >= seconds:
                        break
                    try:
                        frame = source.read(TIMEOUT_S)
                    except SourceStalled as error:
                        stalls, reason = stalls + 1, str(error)
                        continue
                    if frame is None:
                        ended = "end"
                        break
                    if isinstance(frame, BadFrame):
                        unreadable, reason = unreadable + 1, frame.reason
                        continue
                    first_s = frame.time_s if first_s is None else first_s
                    if not source.live and seconds is not None and (frame.time_s or 0.0) - (first_s or 0.0) >= seconds:
                        break
                    taken += writer.offer(frame, wait=not source.live)
                    bar.update(taken - bar.n)
                    if writer.dropped:
                        bar.set_postfix(dropped=writer.dropped, refresh=False)
        except KeyboardInterrupt:
            ended = "stopped"
        except SourceLost as error:
            if not taken:
                raise
            ended, reason = "lost", str(error)
        took_s = clock() - begun
    if not writer.written:
        raise ThenarError("gave no frame", where=source.name, fix=reason or "look at its cable")
    folders = tuple(str(folder) for folder in writer.folders)
    return RecordSummary(folders, writer.written, writer.dropped, unreadable, stalls, took_s, ended, reason)
