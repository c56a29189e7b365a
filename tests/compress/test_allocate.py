import pytest
import torch
import toy_task
from hypothesis import given
from hypothesis import strategies as st

from thenar.compress.allocate import SMALLEST_SHARE, allocate, layers_of, macs_left
from thenar.compress.groups import find_groups
from thenar.compress.prune import prune

pytestmark = pytest.mark.train
IMAGE = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
NETWORK = toy_task.branches()
GROUPS = find_groups(NETWORK, IMAGE)
LAYERS = layers_of(NETWORK, GROUPS, IMAGE)
EVEN = {group.name: {0.5: 0.1, 0.25: 0.3} for group in GROUPS}


def counted(network: torch.nn.Module) -> float:
    """Multiply-accumulates, without any group."""
    return macs_left(layers_of(network, [], IMAGE), {})


def test_the_layers_add_up_by_hand() -> None:
    stem, residual, down = 64 * 9 * 32, 64 * (9 * 32 * 32 + 9 * 32), 16 * 9 * 32 * 64
    second, up = 16 * (9 * 64 * 64 + 9 * 64), 16 * 64 * 24 * 4
    assert counted(NETWORK) == stem + residual + down + second + up + 64 * 56 * 3 + 64 * 16 * 10


@pytest.mark.parametrize("keep", [{"first.depthwise": 8}, {"second.depthwise": 32, "up": 8}, {"up": 1}])
def test_the_estimate_is_what_pruning_leaves(keep: dict[str, int]) -> None:
    shares = {group.name: keep[group.name] / group.channels for group in GROUPS if group.name in keep}
    assert macs_left(LAYERS, shares) == pytest.approx(counted(prune(NETWORK, IMAGE, keep)))


@given(st.floats(0.05, 1), st.sampled_from([1, 4, 8, 16]), st.floats(0, 1))
def test_counts_are_multiples_and_no_more_than_asked(keep: float, multiple: int, trust: float) -> None:
    counts = allocate(GROUPS, LAYERS, EVEN, keep, multiple, trust)
    for group in GROUPS:
        assert counts[group.name] == group.channels or counts[group.name] % multiple == 0
        assert counts[group.name] >= SMALLEST_SHARE * group.channels
    left = macs_left(LAYERS, {group.name: counts[group.name] / group.channels for group in GROUPS})
    smallest = all(counts[g.name] <= max(multiple, 2 * SMALLEST_SHARE * g.channels) for g in GROUPS)
    assert left <= keep * macs_left(LAYERS, {}) or smallest


def test_a_sensitive_group_is_spared() -> None:
    rises = {**EVEN, "first.depthwise": {0.5: 5.0, 0.25: 9.0}}
    believed, ignored = (allocate(GROUPS, LAYERS, rises, 0.5, 4, trust) for trust in (1.0, 0.0))
    assert believed["first.depthwise"] == 32 > ignored["first.depthwise"]
