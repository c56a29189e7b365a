"""How long one call of a model takes on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thenar.run import Session
from thenar.run.tensors import Arrays

WARM_UP_CALLS = 10
MIN_CALLS, MAX_CALLS = 40, 2000


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one call: median and 95th percentile over `calls` that nothing interrupted."""

    p50_ms: float
    p95_ms: float
    calls: int


def measure(sessions: Sequence[Session], seconds: float = 0.5, seed: int = 0) -> list[Latency]:
    """The latency of each session, called in turn on the same random inputs, about `seconds` each.

    Taking turns puts whatever else the machine does on all of them alike. A call during which the system gave the core
    to another process says nothing about the model: it counts only where there are too few others.
    """
    feeds = [random_feed(session, seed) for session in sessions]
    pairs = list(zip(sessions, feeds, strict=True))
    calm: list[list[float]] = [[] for _ in sessions]
    every: list[list[float]] = [[] for _ in sessions]
    for session, feed in pairs:
        for _ in range(WARM_UP_CALLS):
            session.run(feed)
    end = time.perf_counter() + seconds * len(sessions)
    while len(every[0]) < MIN_CALLS or (time.perf_counter() < end and len(every[0]) < MAX_CALLS):
        for index, (session, feed) in enumerate(pairs):
            interruptions = _interruptions()
            start = time.perf_counter()
            session.run(feed)
            spent = time.perf_counter() - start
            every[index].append(spent)
            if _interruptions() == interruptions:
                calm[index].append(spent)
    return [_latency(few if len(few) >= MIN_CALLS // 2 else all_) for few, all_ in zip(calm, every, strict=True)]


def _interruptions() -> int:
    """How often this process has lost the core to another one; always 0 where the system doesn't tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def random_feed(session: Session, seed: int) -> Arrays:
    """Inputs that `session` reads: normal numbers, or bytes over their whole range."""
    generator = np.random.default_rng(seed)
    feed = {}
    for spec in session.inputs:
        if np.dtype(spec.dtype).kind == "f":
            feed[spec.name] = generator.standard_normal(spec.shape).astype(spec.dtype)
        else:
            info = np.iinfo(spec.dtype)
            feed[spec.name] = generator.integers(info.min, info.max, spec.shape, spec.dtype, endpoint=True)
    return feed


def _latency(seconds: list[float]) -> Latency:
    p50, p95 = np.percentile(np.array(seconds) * 1e3, (50, 95))
    return Latency(float(p50), float(p95), len(seconds))
