from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import torch
from blobs import Blobs
from torch import nn

from thenar.errors import ThenarError
from thenar.grid import LARGE
from thenar.nets.spec import StudentSpec
from thenar.nets.store import load
from thenar.train.config import FitConfig, Machine
from thenar.train.fit import fit
from thenar.train.rounded import nearest, rounded, settled

pytestmark = pytest.mark.train

SPEC = StudentSpec((16, 16, 32), (0, 0, 1))
RUN = Machine(workers=0, threads=1, log_every=5, evaluate_every=15, progress=False)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32), nn.Conv2d(32, 4, 1))


def levels(weight: torch.Tensor) -> int:
    """The largest number of different values in an output's weights."""
    return max(len(row.unique()) for row in weight.flatten(1))


def test_large_weights_are_rounded_inside_and_themselves_again_outside() -> None:
    net = network()
    large, small = net[0].weight.detach().clone(), net[2].weight.detach().clone()
    with rounded(net, 4):
        assert levels(net[0].weight) <= 15
        torch.testing.assert_close(net[0].weight, nearest(large, 4))
        assert torch.equal(net[2].weight, small)
    assert torch.equal(net[0].weight, large)
    with pytest.raises(KeyError), rounded(net, 4):
        raise KeyError
    assert torch.equal(net[0].weight, large)


def test_the_gradient_is_that_of_the_rounded_weights() -> None:
    net, twin = network(), network()
    with torch.no_grad():
        twin[0].weight.copy_(nearest(twin[0].weight, 4))
    x = torch.randn(2, 16, 8, 8)
    with rounded(net, 4):
        net(x).square().sum().backward()
    twin(x).square().sum().backward()
    torch.testing.assert_close(net[0].weight.grad, twin[0].weight.grad)
    torch.optim.SGD(net.parameters(), lr=1e-3).step()
    assert levels(net[0].weight) > 15, "steps are taken by the float weights"


def test_rounding_keeps_the_memory_format() -> None:
    weight = network().to(memory_format=torch.channels_last)[0].weight
    small = nearest(weight, 4)
    assert small.stride() == weight.stride()
    torch.testing.assert_close(small, nearest(weight.detach().contiguous(), 4))


def test_statistics_are_measured_on_the_rounded_weights() -> None:
    net = network().eval()
    images = [torch.randn(4, 16, 8, 8) for _ in range(3)]
    assert settled(net, 0, images) is net
    done = settled(net, 4, images)
    seen = torch.cat([done[0](batch) for batch in images])
    torch.testing.assert_close(done[1].running_mean, seen.mean((0, 2, 3)), atol=1e-4, rtol=1e-3)
    assert not net[1].running_mean.any(), "the average itself is left alone"
    assert not done.training


def test_layers_that_keep_eight_bits_are_not_rounded() -> None:
    net = nn.Sequential()
    net.add_module("head", nn.Conv2d(16, 64, 3))
    net.add_module("header", nn.Conv2d(16, 64, 3))
    net.add_module("ups", nn.Sequential(nn.Conv2d(16, 64, 3), nn.Conv2d(16, 64, 3)))
    left = settled(net, 4, [], ("head", "ups.1"))
    assert {name for name, weight in left.named_parameters() if weight.ndim == 4 and levels(weight) <= 15} == {
        "header.weight",
        "ups.0.weight",
    }
    with rounded(net, 4, ("ups",)):
        assert levels(net.head.weight) <= 15 < levels(net.ups[0].weight)


def test_a_run_for_four_bits_leaves_weights_of_four_bits(tmp_path: Path) -> None:
    held_out = {"toy": [Blobs(9, 32).batch(0)]}
    config = FitConfig(steps=60, warmup=10, learning_rate=4e-3, ema_half_life=10, weight_bits=4)
    done = fit(SPEC, partial(Blobs, 0, 16), config, tmp_path, run=RUN, held_out=held_out)
    errors = [
        line["mean_joint_error_mm"]
        for line in map(json.loads, (tmp_path / "log.jsonl").open())
        if "toy" in line.values()
    ]
    assert errors[-1] < 0.9 * errors[0]
    sizes = {name: p for name, p in load(tmp_path / "model").named_parameters() if p.ndim == 4}
    assert {levels(p) <= 15 for p in sizes.values() if p.numel() >= LARGE} == {True}
    assert any(levels(p) > 15 for p in sizes.values() if p.numel() < LARGE)
    again = fit(SPEC, partial(Blobs, 0, 16), config, tmp_path, run=RUN)
    for one, other in zip(done.network.parameters(), again.network.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_other_bits_are_refused() -> None:
    with pytest.raises(ThenarError, match="weight_bits = 3"):
        FitConfig(steps=1, weight_bits=3)
