import numpy as np
import pytest
import toy_task

from thenar.compress.cost import cost, plan
from thenar.compress.trace import export
from thenar.errors import ThenarError

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def model() -> bytes:
    return export(toy_task.network(), np.zeros((1, 1, 8, 8), np.float32))


def test_a_cost_is_what_the_compiler_plans_and_the_clock_measures(model: bytes) -> None:
    found, planned = cost(model, "openvino", seconds=0.05), plan(model)
    assert planned is not None and planned.macs == 64 * (9 * 32 + 9 * 32 * 32 + 32 * 4)
    assert planned.weight_bytes >= 4 * (9 * 32 + 9 * 32 * 32 + 32 * 4)
    assert found.memory_kb == (planned.weight_bytes + planned.arena_bytes) / 1024
    assert found.size_kb == len(model) / 1024 and found.macs == planned.macs
    assert 0 < found.latency_p50_ms <= found.latency_ms < 100 and found.runtime == "openvino"


def test_a_larger_network_costs_more(model: bytes) -> None:
    larger = export(toy_task.network(width=128), np.zeros((1, 1, 8, 8), np.float32))
    small, large = cost(model, "openvino", seconds=0.1), cost(larger, "openvino", seconds=0.1)
    assert large.latency_p50_ms > small.latency_p50_ms and large.size_kb > small.size_kb


@pytest.mark.parametrize(("runtime", "target"), [("tpu", "host"), ("openvino", "z80")])
def test_an_unknown_runtime_or_target_is_one_line(model: bytes, runtime: str, target: str) -> None:
    with pytest.raises(ThenarError, match=f"{runtime if runtime == 'tpu' else target}"):
        cost(model, runtime, target)
