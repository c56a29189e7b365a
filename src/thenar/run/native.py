"""Sessions on the model's own C library, which `thenar.compile` writes and the C compiler of this machine builds."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from numpy.typing import NDArray

from thenar.compile import compile
from thenar.compile.native import Native
from thenar.errors import ThenarError
from thenar.run.cores import usable_cores
from thenar.run.model import ModelFile
from thenar.run.session import Options
from thenar.run.tensors import Arrays, TensorSpec, checked_feed


def open_session(model: ModelFile, options: Options) -> NativeSession:
    """`model` as C, compiled for this processor or taken from the cache.

    Raises:
        ThenarError: not a model, an operator that the compiler doesn't know, or no C compiler.
    """
    cores = usable_cores()
    streams = options.streams or (1 if options.hint == "latency" else min(options.threads or cores, cores))
    return NativeSession(compile(model.data), options, streams)


class NativeSession:
    """A `thenar.run.Session`; one call runs on one core, `run_many` on as many as there are streams."""

    runtime = "native"

    def __init__(self, native: Native, options: Options, streams: int) -> None:
        self.inputs = tuple(TensorSpec(t.name, tuple(t.shape), t.dtype.name) for t in native.inputs)
        self.outputs = tuple(TensorSpec(t.name, tuple(t.shape), t.dtype.name) for t in native.outputs)
        self.info = {"hint": options.hint, "threads": str(streams), "streams": str(streams)}
        self._native: Native | None = native
        self._streams = streams

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """See `thenar.run.Session.run`."""
        arrays = checked_feed(feed, self.inputs)
        return self._opened().run({spec.name: array for spec, array in zip(self.inputs, arrays, strict=True)})

    def run_many(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """See `thenar.run.Session.run_many`."""
        arrays = checked_feed(feed, self.inputs, batch=True)
        stacked = {spec.name: array[:, None] for spec, array in zip(self.inputs, arrays, strict=True)}
        given = self._opened().run_many(stacked, threads=self._streams)
        return {name: array[:, 0] for name, array in given.items()}

    def close(self) -> None:
        """Free the model."""
        self._native = None

    def _opened(self) -> Native:
        if self._native is None:
            raise ThenarError("the session is closed", fix="open it again")
        return self._native

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
