"""Recording what is being looked at: frames go to disk on a thread of their own."""

from __future__ import annotations

import threading
import time
from itertools import chain
from pathlib import Path
from typing import Final

from thenar.data.recording import Recorder
from thenar.errors import ThenarError
from thenar.live.pipeline import Pipeline

QUEUE: Final = 64
"""Frames that may wait for the disk: about a second, 80 MB at 640x480."""

MAX_FRAMES: Final = 36_000
"""10 minutes at 60 frames per second; a forgotten recording ends by itself."""


class Take:
    """One recording of a running pipeline's frames, from its making until `stop`.

    frames: written so far. message: why it ended early, or "". dropped: frames that the disk was too slow for.
    """

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.path = folder / time.strftime("take-%Y%m%d-%H%M%S")
        while self.path.exists():
            self.path = self.path.with_name(self.path.name + "b")
        self.frames = 0
        self.message = ""
        self._pipeline = pipeline
        self._queue = pipeline.subscribe(QUEUE)
        self._thread = threading.Thread(target=self._write, name="thenar record", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Frames that the disk was too slow for."""
        return self._queue.dropped

    @property
    def running(self) -> bool:
        """Whether frames are still written."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Write what waits, then close the recording."""
        self._pipeline.unsubscribe(self._queue)
        self._thread.join()

    def _write(self) -> None:
        try:
            first = self._queue.get()
            if first is None:
                return
            camera = first.frame.camera
            with Recorder(self.path, camera) as recorder:
                for live in chain((first,), self._queue):
                    if live.frame.camera != camera:
                        raise ThenarError("the camera changed its resolution", where=self.path, fix="record again")
                    recorder.write(live.frame.depth_mm, live.time_s)
                    self.frames += 1
                    if self.frames == MAX_FRAMES:
                        break
        except ThenarError as error:
            self.message = str(error)
        finally:
            self._pipeline.unsubscribe(self._queue)
