from dataclasses import replace

import pytest
import torch

from thenar.errors import ThenarError
from thenar.nets.build import build
from thenar.nets.grow import grow
from thenar.nets.shrink import shrink
from thenar.nets.spec import StudentSpec
from thenar.nets.student import Student

pytestmark = pytest.mark.train

LARGE = StudentSpec((16, 32, 48), (0, 2, 2), decoder_blocks=1, map_size=32)


def trained(spec: StudentSpec) -> Student:
    """A network whose running statistics and scales are not those of a fresh one."""
    torch.manual_seed(2)
    network = build(spec)
    assert isinstance(network, Student)
    network.train()(torch.randn(4, 1, 128, 128))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("norm.weight"):
                parameter.uniform_(0.5, 1.5)
    return network.eval()


def test_channels_that_do_nothing_are_the_ones_left_out() -> None:
    network = trained(LARGE)
    silent = [3, 7, *range(20, 34)]  # 16 of the 48 of the last stage
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            last = name.startswith("stages.2.") and ("0.norm" in name or "second.norm" in name)
            if last and name.endswith(("norm.weight", "norm.bias")):
                tensor[silent] = 0
    kept = [c for c in range(48) if c not in silent]
    smaller = shrink(network, StudentSpec((16, 32, 32), (0, 2, 2), decoder_blocks=1, map_size=32))
    torch.testing.assert_close(smaller.ups[0].narrow.conv.weight, network.ups[0].narrow.conv.weight[:, kept])  # type: ignore[union-attr, index]


def test_blocks_that_do_nothing_are_the_ones_left_out() -> None:
    small = StudentSpec((16, 32, 48), (0, 1, 1), map_size=32)
    network = trained(small)
    deep = grow(network, LARGE)
    assert isinstance(deep, Student)
    back = shrink(deep.eval(), small).eval()
    crop = torch.randn(2, 1, 128, 128)
    torch.testing.assert_close(back(crop).maps, network(crop).maps)


def test_the_same_spec_keeps_everything() -> None:
    network = trained(LARGE)
    same = shrink(network, LARGE).state_dict()
    for name, mine in network.state_dict().items():
        torch.testing.assert_close(mine, same[name], msg=name)


def test_smaller_maps_leave_out_the_last_steps_up_and_begin_the_head_anew() -> None:
    network = trained(LARGE)
    smaller = shrink(network, StudentSpec((16, 32, 48), (0, 2, 2), decoder_blocks=1, map_size=16)).eval()
    given, own = network.state_dict(), smaller.state_dict()
    kept = [key for key in own if not key.startswith("head.")]
    assert kept and all(torch.equal(own[key], given[key]) for key in kept)
    assert own["head.weight"].shape[1] == 48 != given["head.weight"].shape[1]
    assert smaller(torch.rand(2, 1, 128, 128)).maps.shape == (2, 84, 16, 16)


@pytest.mark.parametrize(
    "spec",
    [
        StudentSpec((16, 32, 64), (0, 2, 2), map_size=32),
        StudentSpec((16, 32), (0, 2), map_size=32),
        StudentSpec((16, 32, 48), (0, 3, 2), map_size=32),
        StudentSpec((16, 32, 48), (0, 2, 2), map_size=64),
    ],
)
def test_what_is_larger_or_of_another_kind_is_refused(spec: StudentSpec) -> None:
    with pytest.raises(ThenarError, match="more than its parent"):
        shrink(trained(LARGE), spec)


def test_blocks_that_run_more_often_begin_with_what_they_did() -> None:
    network = trained(LARGE)
    often = shrink(network, replace(LARGE, repeats=2)).eval()
    block, before = often.stages[2][1], network.stages[2][1]  # type: ignore[index]
    assert torch.equal(block.first.conv.weight, before.first.conv.weight)
    block.again[0].second.weight.data.zero_()  # its second time is the identity
    x = torch.rand(1, 48, 16, 16)
    torch.testing.assert_close(block(x), before(x))
    thinner = shrink(often, replace(LARGE, channels=(16, 32, 32), repeats=2))
    assert thinner.stages[2][1].again[0].second.weight.shape == (32,)  # type: ignore[index]
    assert not [name for name in shrink(often, LARGE).state_dict() if ".again." in name]
