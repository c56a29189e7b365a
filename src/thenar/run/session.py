"""One session, whatever runs it: `open` a model, `run` it on one input or `run_many`."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from numpy.typing import NDArray

from thenar.errors import MissingExtra, ThenarError
from thenar.run.model import read_model
from thenar.run.tensors import Arrays, TensorSpec

Hint = Literal["latency", "throughput"]


class Session(Protocol):
    """A model, loaded and ready. Any thread may call it; calls of `run` on one session wait for each other at most.

    runtime: the name it was opened under. inputs, outputs: what it reads and gives, in order. info: version, threads,
    streams and whatever else describes how it runs, to be written beside measurements.
    """

    runtime: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    info: Mapping[str, str]

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """Outputs by name for one input of exactly the specs' shapes; the arrays are the caller's to keep.

        Raises:
            ThenarError: an input of the wrong name, shape or dtype, or with NaN; or the session is closed.
        """

    def run_many(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """Outputs (N, ...) for inputs (N, ...), in order, N >= 0: as many `run` calls, spread over the streams.

        Raises:
            ThenarError: as `run`.
        """

    def close(self) -> None:
        """Free the model. Closing twice does no harm."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass(frozen=True)
class Options:
    """How to run: fewest milliseconds a call, or most calls a second; None leaves threads and streams to the hint."""

    hint: Hint = "latency"
    threads: int | None = None
    streams: int | None = None


@dataclass(frozen=True)
class Runtime:
    """One way to run a model. module: its `open_session(ModelFile, Options) -> Session`. extra: installs `library`."""

    library: str
    module: str
    extra: str | None

    def installed(self) -> bool:
        """Whether its library can be imported."""
        return importlib.util.find_spec(self.library) is not None


RUNTIMES: dict[str, Runtime] = {
    "openvino": Runtime("openvino", "thenar.run.openvino", None),
    "onnxruntime": Runtime("onnxruntime", "thenar.run.onnxruntime", "onnxruntime"),
    "native": Runtime("onnx", "thenar.run.native", "compile"),
}
"""Every runtime; `auto` takes the first one that is installed."""


def open(
    model: str | Path | bytes,
    runtime: str = "auto",
    hint: Hint = "latency",
    threads: int | None = None,
    streams: int | None = None,
) -> Session:
    """A session for `model`, a path to an ONNX file or its bytes, with static shapes and a batch of one.

    hint: "latency" uses all cores for one call; "throughput" one core a call, and `run_many` makes several at a time.
    threads: cores to use in all; streams: calls at a time.

    Raises:
        ThenarError: no such runtime, a file that is no model, a model with dynamic shapes, or a senseless option.
        MissingExtra: the runtime is known and not installed.
    """
    name = default_runtime() if runtime == "auto" else runtime
    if name not in RUNTIMES:
        known = ", ".join(f"{key}{'' if entry.installed() else ' (not installed)'}" for key, entry in RUNTIMES.items())
        raise ThenarError(f"unknown runtime {runtime!r}", fix=f"use auto or one of: {known}")
    if hint not in ("latency", "throughput"):
        raise ThenarError(f"unknown hint {hint!r}", fix="use latency or throughput")
    for option, value in (("threads", threads), ("streams", streams)):
        if value is not None and value < 1:
            raise ThenarError(f"{option} is {value}", fix="use 1 or more")
    entry = RUNTIMES[name]
    if not entry.installed():
        raise _missing(entry)
    file = read_model(model)
    try:
        adapter = importlib.import_module(entry.module)
    except ImportError as error:
        raise _missing(entry) from error
    session: Session = adapter.open_session(file, Options(hint, threads, streams))
    return session


def default_runtime() -> str:
    """The first of `RUNTIMES` that is installed.

    Raises:
        MissingExtra: none is.
    """
    for name, entry in RUNTIMES.items():
        if entry.installed():
            return name
    raise _missing(RUNTIMES["openvino"])


def _missing(entry: Runtime) -> ThenarError:
    if entry.extra is None:
        return ThenarError(f"{entry.library} is not installed", fix=f"pip install {entry.library}")
    return MissingExtra(entry.library, entry.extra)
