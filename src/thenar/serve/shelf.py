"""Recording what is being looked at: every frame that the source gives, tracked or not."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Final

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.live.pipeline import Pipeline
from thenar.live.record import FrameWriter

MAX_FRAMES: Final = 36_000
"""10 minutes at 60 frames per second; a forgotten recording ends by itself."""


class Take:
    """One recording of a running pipeline's source, from its making until `stop`.

    A frame for which the disk is too slow is dropped and counted; the pipeline never waits. message: why it ended
    early, or "".

    Raises:
        ThenarError: the folder can't be written to.
    """

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.path = folder / time.strftime("take-%Y%m%d-%H%M%S")
        while self.path.exists():
            self.path = self.path.with_name(self.path.name + "b")
        self.message = ""
        self.running = True
        self._lock = threading.Lock()
        self._writer = FrameWriter(self.path)
        self._pipeline = pipeline
        pipeline.tap = self._offer

    @property
    def frames(self) -> int:
        """Frames written so far."""
        return self._writer.written

    @property
    def dropped(self) -> int:
        """Frames that the disk was too slow for."""
        return self._writer.dropped

    def stop(self) -> None:
        """Write what waits, then close the recording. May be called twice."""
        with self._lock:
            self._end()
        try:
            self._writer.close()
        except ThenarError as error:
            self.message = str(error)

    def _offer(self, frame: Frame) -> None:
        with self._lock:
            try:
                if self.running:
                    self._writer.offer(frame)
            except ThenarError as error:
                self.message = str(error)
                self._end()
            if self.frames >= MAX_FRAMES:
                self._end()

    def _end(self) -> None:
        self.running = False
        self._pipeline.tap = None
