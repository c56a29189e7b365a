"""A measured network: a point of the search, of its front, or the result."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from thenar.atomic import write_text
from thenar.compress.budget import Budget
from thenar.compress.cost import Cost
from thenar.errors import ThenarError


@dataclass(frozen=True)
class Point:
    """lost: share of the original's metric. method: how it was quantized, with the layers that were left float."""

    number: int
    parameters: Mapping[str, Any]
    cost: Cost
    metric: float
    lost: float
    method: str = "post-training"
    float_layers: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """As JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` wrote.

        Raises:
            ThenarError: the file is something else.
        """
        try:
            values = json.loads(path.read_text("utf-8"))
            layers = tuple(values.pop("float_layers"))
            return cls(**{**values, "cost": Cost(**values["cost"]), "float_layers": layers})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ThenarError("is no measured point", where=path, fix="delete it: it is measured again") from error

    def told(self) -> str:
        """The point in one line."""
        memory = "" if self.cost.memory_kb is None else f", {self.cost.memory_kb:.0f} KiB of memory"
        return (
            f"{self.cost.latency_ms:.4g} ms in {self.cost.runtime}{memory}, {self.cost.size_kb:.0f} KiB, "
            f"metric {self.metric:.4g} ({100 * self.lost:.2f} % lost)"
        )


def preferred(points: Sequence[Point], budget: Budget) -> list[Point]:
    """The points in the order in which the budget's owner wants them: fitting ones first.

    Of those that fit, the most accurate where the cost is limited, else the cheapest; of the others, the nearest.
    """

    def rank(point: Point) -> tuple[float, ...]:
        over = sum(budget.excess(point.cost, point.lost).values())
        if budget.limits_cost:
            return over, point.lost, budget.use(point.cost)
        return over, budget.use(point.cost), point.lost

    return sorted(points, key=rank)


def table(points: Sequence[Point]) -> str:
    """The points as CSV, a parameter each a column."""
    names = sorted({name for point in points for name in point.parameters})
    measured = ("metric", "lost", "latency_ms", "latency_p50_ms", "size_kb", "memory_kb", "macs", "runtime", "method")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("number", *names, *measured))
    for point in points:
        values = dataclasses.asdict(point.cost) | {"metric": point.metric, "lost": point.lost, "method": point.method}
        writer.writerow((point.number, *(point.parameters.get(n) for n in names), *(values[name] for name in measured)))
    return text.getvalue()
