"""The original and the result in every runtime of this machine, measured in turns."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import thenar.run
from thenar.compress.latency import Latency, measure
from thenar.errors import ThenarError
from thenar.run import Session


@dataclass(frozen=True)
class Timed:
    """A model in a runtime, and how long a call took."""

    name: str
    runtime: str
    latency: Latency
    is_result: bool


def time_all(models: Mapping[str, bytes], result: str, seconds: float = 0.5) -> list[Timed]:
    """Every model of `models` (name -> ONNX) in every runtime that takes it; `result` is the name of the result."""
    with ExitStack() as stack:
        opened: list[tuple[str, str, Session]] = []
        for runtime in thenar.run.RUNTIMES:
            for name, model in models.items():
                try:
                    session = stack.enter_context(thenar.run.open(model, runtime, threads=1))
                except ThenarError:
                    continue  # not installed, no C compiler, or an operator that it doesn't know
                opened.append((name, runtime, session))
        latencies = measure([session for _, _, session in opened], seconds)
    return [
        Timed(f"{name}, {runtime}", runtime, latency, name == result)
        for (name, runtime, _), latency in zip(opened, latencies, strict=True)
    ]
