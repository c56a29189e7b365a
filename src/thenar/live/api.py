"""Hands from a camera in a few lines: `for frame in hands`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from thenar.data.recording import open_recording
from thenar.errors import ThenarError
from thenar.live.pipeline import LiveFrame, Pipeline
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.live.sources import Source
from thenar.live.sources.recording import RecordingSource
from thenar.live.sources.synthetic import SyntheticSource
from thenar.run import session as sessions


def source_of(name: str | Path, speed: float | None = None, loop: bool = False) -> Source:
    """`synthetic`, or a recording's path -> a source that isn't started. speed, loop: as `RecordingSource`.

    Raises:
        ThenarError: no such source. MissingExtra: what it needs is not installed.
    """
    if is_live(name):
        return SyntheticSource()
    return RecordingSource(open_recording(Path(name)), speed, loop=loop)


def is_live(name: str | Path) -> bool:
    """Whether a source of this name goes on for ever."""
    return str(name) == "synthetic"


class LiveTracker:
    """Frames with hands for as long as the source gives any; a context manager that starts and stops everything.

    A live source's frames are dropped while the program is busy; a recording's all come, however long it takes.

    Raises:
        ThenarError: no such source or model; while iterating, the source's own error.
    """

    def __init__(self, source: Source | str | Path, model: str | Path = DEFAULT_PRESET, runtime: str = "auto") -> None:
        self.source = source_of(source) if isinstance(source, str | Path) else source
        self._session = sessions.open(model_path(model), runtime=runtime, threads=1)
        self.pipeline = Pipeline(self.source, self._session)
        self._frames = self.pipeline.subscribe(every=not self.source.live)

    def __iter__(self) -> Iterator[LiveFrame]:
        yield from self._frames
        if self.pipeline.failure is not None:
            raise (
                self.pipeline.failure
                if isinstance(self.pipeline.failure, ThenarError)
                else RuntimeError(self.pipeline.message)
            ) from self.pipeline.failure

    def __enter__(self) -> LiveTracker:
        try:
            self.pipeline.start()
        except BaseException:
            self._session.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pipeline.stop()
        self._session.close()


def open(source: Source | str | Path, model: str | Path = DEFAULT_PRESET, runtime: str = "auto") -> LiveTracker:
    """The hands of `source`: "synthetic", a recording's path, or a `Source`; use it in a `with`.

    model: a preset or a path. Raises ThenarError as `LiveTracker`.
    """
    return LiveTracker(source, model, runtime)
