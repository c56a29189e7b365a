import math

import pytest

from thenar.compress.budget import Budget
from thenar.compress.cost import Cost
from thenar.errors import ThenarError

COST = Cost(runtime="openvino", latency_ms=0.6, latency_p50_ms=0.5, size_kb=100, memory_kb=None, macs=None)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("", Budget()),
        ("latency_ms=0.5,max_drop=0.01", Budget(latency_ms=0.5, max_drop=0.01)),
        (" memory_kb = 256 , size_kb=1e2", Budget(memory_kb=256, size_kb=100)),
        ("max_drop=0", Budget(max_drop=0)),
    ],
)
def test_parse(text: str, budget: Budget) -> None:
    assert Budget.parse(text) == budget


@pytest.mark.parametrize(
    "text",
    ["latency=1", "latency_ms", "latency_ms=fast", "latency_ms=0", "latency_ms=-1", "latency_ms=nan", "size_kb=inf",
     "max_drop=1", "max_drop=-0.1", "size_kb=1,size_kb=2", "latency_ms=1;max_drop=0"],
)  # fmt: skip
def test_what_is_no_budget_is_told(text: str) -> None:
    with pytest.raises(ThenarError, match="budget"):
        Budget.parse(text)


@pytest.mark.parametrize(
    ("budget", "drop", "over"),
    [
        (Budget(), 9.0, {}),
        (Budget(latency_ms=0.6, size_kb=100, max_drop=0.01), 0.01, {}),
        (Budget(latency_ms=0.5), 0.0, {"latency_ms": 0.2}),
        (Budget(size_kb=50, max_drop=0.01), 0.03, {"size_kb": 1.0, "max_drop": 0.02}),
        (Budget(memory_kb=9), 0.0, {"memory_kb": math.inf}),
        (Budget(max_drop=0.01), math.nan, {"max_drop": math.inf}),
    ],
)
def test_excess_is_what_passes_the_limits(budget: Budget, drop: float, over: dict[str, float]) -> None:
    assert budget.excess(COST, drop) == pytest.approx(over)
