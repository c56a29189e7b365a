"""What an ONNX model costs on this machine: measured latency, planned memory, bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import thenar.run
from thenar.compress.latency import Latency, measure
from thenar.errors import MissingExtra, ThenarError

KIB = 1024


@dataclass(frozen=True)
class Plan:
    """What the compiler says of a model. macs: multiply-accumulates of one call."""

    macs: int
    weight_bytes: int
    arena_bytes: int


@dataclass(frozen=True)
class Cost:
    """latency_ms: 95th percentile of one call in `runtime`, one thread; latency_p50_ms its median. memory_kb: weights
    and peak activations as the compiler lays them out, in KiB, None where it doesn't know an operator; macs likewise.
    size_kb: the ONNX file in KiB.
    """

    runtime: str
    latency_ms: float
    latency_p50_ms: float
    size_kb: float
    memory_kb: float | None
    macs: int | None


def cost(model: bytes, runtime: str = "auto", target: str = "host", seconds: float = 0.5) -> Cost:
    """What the ONNX `model` costs: latency measured in `runtime`, memory as compiled for `target`.

    Raises:
        ThenarError: not a model, an unknown runtime or target, or what the runtime refuses.
    """
    with thenar.run.open(model, runtime, threads=1) as session:
        latency = measure([session], seconds)[0]
        return assemble(session.runtime, model, latency, plan(model, target))


def assemble(runtime: str, model: bytes, latency: Latency, planned: Plan | None) -> Cost:
    """The parts as one `Cost`."""
    memory = None if planned is None else (planned.weight_bytes + planned.arena_bytes) / KIB
    macs = None if planned is None else planned.macs
    return Cost(runtime, latency.p95_ms, latency.p50_ms, len(model) / KIB, memory, macs)


@lru_cache(maxsize=8)
def plan(model: bytes, target: str = "host") -> Plan | None:
    """Weights, arena and multiply-accumulates of `model` compiled for `target`; None if it has an unknown operator.

    Raises:
        ThenarError: an unknown target, or the compiler's extra isn't installed.
    """
    from thenar.compile import translate
    from thenar.compile.targets import find

    chosen = find(target)
    try:
        library = translate(model, chosen)
    except MissingExtra:
        raise
    except ThenarError:
        return None
    return Plan(library.program.macs, library.weight_bytes, library.program.arena_bytes)
