import pytest
import torch

from thenar.errors import ThenarError
from thenar.nets.build import build
from thenar.nets.spec import StudentSpec, from_dict, to_dict
from thenar.nets.student import Residual, keep_positive

pytestmark = pytest.mark.train

OFTEN = StudentSpec((16, 32), (0, 1), map_size=32, repeats=3)


def block() -> Residual:
    """One that runs three times, with norms that do something."""
    torch.manual_seed(0)
    often = Residual(16, 3)
    for norm in (m for m in often.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.weight.data.uniform_(0.5, 1.5)
        norm.running_mean.uniform_(-0.1, 0.1)  # type: ignore[union-attr]
    return often.eval()


def test_a_block_runs_so_often_with_the_same_weights_and_other_norms() -> None:
    often = block()
    x = torch.rand(2, 16, 8, 8)
    expected = x
    times = [(often.first.norm, often.second.norm), *((norms.first, norms.second) for norms in often.again)]
    assert len(times) == 3
    for first, second in times:
        inner = torch.relu(first(often.first.conv(expected)))
        expected = torch.relu(second(often.second.conv(inner)) + expected)
    torch.testing.assert_close(often(x), expected)


def test_only_norms_are_added_to_the_weights() -> None:
    once = sum(p.numel() for p in build(StudentSpec((16, 32), (0, 1), map_size=32)).parameters())
    often = sum(p.numel() for p in build(OFTEN).parameters())
    assert often - once == 2 * 2 * 2 * 32  # two times, two norms, scale and offset


def test_scales_stay_above_zero_where_weights_are_shared() -> None:
    network = build(OFTEN)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.sub_(2.0)
    keep_positive(network)
    shared = network.stages[1][1]  # type: ignore[index, union-attr]
    assert all(m.weight.min() > 0 for m in shared.modules() if isinstance(m, torch.nn.BatchNorm2d))  # type: ignore[operator]
    assert network.stages[0][0].norm.weight.max() < 0  # type: ignore[index, union-attr]


def test_it_is_part_of_the_spec() -> None:
    assert from_dict(to_dict(OFTEN)) == OFTEN
    for repeats in (0, 9):
        with pytest.raises(ThenarError, match=f"repeats {repeats}"):
            StudentSpec(repeats=repeats)
