"""What a network may cost and lose, in what its user cares about."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Self

from thenar.compress.cost import Cost
from thenar.errors import ThenarError


@dataclass(frozen=True)
class Budget:
    """The most a network may cost; None is free.

    latency_ms: 95th percentile of one call on one thread. memory_kb: peak activations and weights, in KiB.
    size_kb: the ONNX file, in KiB. max_drop: share of the original's metric that may be lost, 0.01 for 1 %.
    """

    latency_ms: float | None = None
    memory_kb: float | None = None
    size_kb: float | None = None
    max_drop: float | None = None

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if value is None:
                continue
            if not (math.isfinite(value) and (value > 0 or (name == "max_drop" and value == 0))):
                raise ThenarError(f"{name} = {value}", where="budget", fix="give a number above 0, or leave it out")
        if self.max_drop is not None and self.max_drop >= 1:
            raise ThenarError(
                f"max_drop = {self.max_drop}", where="budget", fix="give the share that may be lost, as 0.01"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "latency_ms=0.5,max_drop=0.01"; an empty text is a budget without limits.

        Raises:
            ThenarError: an unknown name, one given twice, or a value that is no sensible number.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        given: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, value = (word.strip() for word in part.partition("="))
            if name not in known or name in given:
                raise ThenarError(f"{part!r}", where="budget", fix=f"give each of {', '.join(known)} once at most")
            try:
                given[name] = float(value)
            except ValueError:
                raise ThenarError(f"{part!r} has no number", where="budget", fix=f"write it as {name}=0.5") from None
        return cls(**given)

    def excess(self, cost: Cost, drop: float) -> dict[str, float]:
        """By how much each limit is passed, as a share of the limit: 0.5 is half as much again. Empty where all fit.

        A share lost that passes `max_drop` is told as the difference, since the limit may be 0.
        """
        used = {"latency_ms": cost.latency_ms, "memory_kb": cost.memory_kb, "size_kb": cost.size_kb}
        over: dict[str, float] = {}
        for name, value in used.items():
            limit = getattr(self, name)
            if limit is None:
                continue
            if value is None:
                over[name] = math.inf  # the compiler could not plan this network: nothing says that it fits
            elif value > limit:
                over[name] = value / limit - 1
        if self.max_drop is not None and not drop <= self.max_drop:
            over["max_drop"] = drop - self.max_drop if math.isfinite(drop) else math.inf
        return over

    def use(self, cost: Cost) -> float:
        """The largest share of a limit on cost that is used; where none is given, the latency in ms: to be small."""
        given = [
            (math.inf if value is None else value) / limit
            for value, limit in (
                (cost.latency_ms, self.latency_ms),
                (cost.memory_kb, self.memory_kb),
                (cost.size_kb, self.size_kb),
            )
            if limit is not None
        ]
        return max(given, default=cost.latency_ms)

    @property
    def limits_cost(self) -> bool:
        """Whether anything but the drop is limited."""
        return (self.latency_ms, self.memory_kb, self.size_kb) != (None, None, None)
