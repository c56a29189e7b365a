"""What a search may choose: pruning, and whatever arguments the user's factories offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from thenar.compress.prune import IMPORTANCES
from thenar.errors import ThenarError


@dataclass(frozen=True)
class Pruning:
    """How far a network may be cut: the share of its multiply-accumulates that is left, from `low` to `high`."""

    low: float = 0.02
    high: float = 0.6
    importances: tuple[str, ...] = IMPORTANCES

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high <= 1:
            raise ThenarError(f"keep {self.low} to {self.high}", where="search", fix="give shares above 0, up to 1")


@dataclass(frozen=True)
class Space:
    """model, data: argument of the factory -> its values. Both factories get an argument that both offer."""

    pruning: Pruning = field(default_factory=Pruning)
    model: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    data: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def choices(self) -> dict[str, tuple[Any, ...]]:
        """Every argument and its values."""
        return {**self.data, **self.model}


def offered(factory: Any, where: str) -> dict[str, tuple[Any, ...]]:
    """The factory's attribute `space`: argument name -> values, a tuple, list or range of numbers, words or booleans.

    Raises:
        ThenarError: it is something else.
    """
    space = getattr(factory, "space", {})
    if not isinstance(space, Mapping):
        raise ThenarError(f"space is {type(space).__name__}", where=where, fix="give a dictionary of names and values")
    found = {}
    for name, values in space.items():
        sound = isinstance(values, (tuple, list, range)) and len(values) > 0
        if not sound or not all(isinstance(value, (bool, int, float, str)) for value in values):
            raise ThenarError(
                f"space[{name!r}] is {values!r}", where=where, fix="give a tuple of numbers, words or booleans"
            )
        found[str(name)] = tuple(values)
    return found
