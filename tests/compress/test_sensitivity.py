from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from thenar.compress.sensitivity import delicate
from thenar.train.rounded import nearest

pytestmark = pytest.mark.train


class Itself:
    """A task that its network solves without error."""

    def __init__(self, network: nn.Module) -> None:
        images = np.random.default_rng(0).standard_normal((16, 16, 8, 8)).astype(np.float32)
        with torch.no_grad():
            self.validation = self.train = (images, network(torch.from_numpy(images)).numpy())

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return nn.functional.mse_loss(outputs, targets)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Conv2d(16, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Conv2d(64, 32, 1)]
    return nn.Sequential(*layers).eval()


def test_a_layer_that_takes_most_of_what_rounding_costs_is_found() -> None:
    net = network()
    with torch.no_grad():
        for layer in (net[0], net[2]):
            layer.weight.copy_(nearest(layer.weight, 4))
    before = copy.deepcopy(net.state_dict())
    assert delicate(net, Itself(net), 4) == ("4",)
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())


def test_layers_that_hold_most_weights_are_not_left() -> None:
    net = network()
    with torch.no_grad():
        for layer in (net[0], net[4]):
            layer.weight.copy_(nearest(layer.weight, 4))
    assert delicate(net, Itself(net), 4) == ()
