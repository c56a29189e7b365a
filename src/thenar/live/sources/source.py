"""Where depth frames come from: one protocol for cameras, recordings and hands that are made up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from thenar.data.frame import BadFrame, Frame
from thenar.errors import ThenarError


class SourceLost(ThenarError):
    """The camera is gone: unplugged, taken by another program, or never there."""


class SourceStalled(ThenarError):
    """The camera is there, and no frame came in time."""


class Source(Protocol):
    """Depth frames of one camera, in order.

    name: what a person calls it. live: frames that nobody reads in time are lost, as a camera's are; else they wait.
    Every frame carries its own camera: one that changes its resolution gives frames of another camera. Times are
    seconds on the source's own clock.
    """

    name: str
    live: bool

    def start(self) -> None:
        """Begin to give frames; a source that was stopped, or lost, may be started again.

        Raises:
            SourceLost: there is no such camera.
            MissingExtra: its driver's package is not installed.
        """

    def read(self, timeout_s: float) -> Frame | BadFrame | None:
        """The next frame, waited for at most `timeout_s`; None after the last one.

        Raises:
            SourceLost: the camera went away; `start` may find it again.
            SourceStalled: no frame came in time; a later one still may.
        """

    def stop(self) -> None:
        """Let go of the camera. Never fails, and may be called twice."""


@contextmanager
def started(source: Source) -> Iterator[Source]:
    """`source`, started and, however the block ends, stopped."""
    try:
        source.start()
        yield source
    finally:
        source.stop()


def frames(source: Source, timeout_s: float = 2.0) -> Iterator[Frame | BadFrame]:
    """The frames of a started source until its end; raises as `Source.read`."""
    while (frame := source.read(timeout_s)) is not None:
        yield frame
