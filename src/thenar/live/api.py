"""Hands from a camera in a few lines: `for frame in hands`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from thenar.errors import ThenarError
from thenar.live.gesture import name_gesture
from thenar.live.gesture.classifier_file import read_classifier
from thenar.live.hands import tracker_of
from thenar.live.live_frame import Namer
from thenar.live.pipeline import LiveFrame, Pipeline
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.live.sources import CAMERAS, Source, open_source
from thenar.run import session as sessions


def is_live(name: str | Path) -> bool:
    """Whether `open_source` makes a camera, or hands that are made up, of this name; anything else is a path."""
    return str(name).partition(":")[0] in (*CAMERAS, "synthetic")


def read_namer(gestures: Path | None) -> Namer:
    """Who names signs: the file's classifier, or without a file the usual ones. Raises as `read_classifier`."""
    return name_gesture if gestures is None else read_classifier(gestures)


class LiveTracker:
    """Frames with hands for as long as the source gives any; a context manager that starts and stops everything.

    A live source's frames are dropped while the program is busy; a recording's all come, however long it takes.
    gestures: a file of `thenar gesture train`, whose signs are named instead of the usual ones.

    Raises:
        ThenarError: no such source, model or file; while iterating, the source's own error.
    """

    def __init__(
        self,
        source: Source | str | Path,
        model: str | Path = DEFAULT_PRESET,
        runtime: str = "auto",
        gestures: Path | None = None,
    ) -> None:
        namer, make_tracker = read_namer(gestures), tracker_of(model)
        self.source = open_source(str(source)) if isinstance(source, str | Path) else source
        self._session = sessions.open(model_path(model), runtime=runtime, threads=1)
        self.pipeline = Pipeline(self.source, self._session, make_tracker=make_tracker, namer=namer)
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


def open(
    source: Source | str | Path,
    model: str | Path = DEFAULT_PRESET,
    runtime: str = "auto",
    gestures: Path | None = None,
) -> LiveTracker:
    """The hands of `source`: a name or path as `open_source` takes it, or a `Source`; use it in a `with`.

    model: a preset or a path. gestures: as `LiveTracker`. Raises ThenarError as `LiveTracker`.
    """
    return LiveTracker(source, model, runtime, gestures)
