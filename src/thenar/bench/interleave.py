"""Several ways to do one thing, timed in turns, so that each meets the same moods of the machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LEAST_CALLS = 3


@dataclass(frozen=True)
class Times:
    """Of the rounds' medians, in ms: the median, and the one that a tenth of the rounds stayed under."""

    ms_median: float
    ms_p10: float


def turn(call: Callable[[], object], seconds: float) -> float:
    """The median time of `call` in s, made for about `seconds` after a first time that doesn't count."""
    call()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < LEAST_CALLS or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def interleaved(turns: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Times]:
    """Each turn's times, over `rounds` rounds in which every one has its turn; a turn returns a median in s."""
    took: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, take in turns.items():
            took[name].append(take())
    return {name: Times(1e3 * statistics.median(times), 1e3 * _p10(times)) for name, times in took.items()}


def _p10(times: list[float]) -> float:
    return sorted(times)[len(times) // 10]
