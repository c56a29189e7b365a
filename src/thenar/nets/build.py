"""From a spec to a network, and what the network costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from thenar.nets.awr import ResNetAwr
from thenar.nets.hourglass import HourglassAwr
from thenar.nets.spec import INPUT_SIZE, Spec, StudentSpec
from thenar.nets.student import Student

Network = Student | ResNetAwr | HourglassAwr


def build(spec: Spec) -> Network:
    """The network of `spec`, with fresh weights from PyTorch's generator."""
    if isinstance(spec, StudentSpec):
        return Student(spec)
    return HourglassAwr(spec) if spec.network == "hourglass1" else ResNetAwr(spec)


@dataclass(frozen=True)
class Cost:
    """macs: multiply-accumulates of convolutions and linear layers for one crop. params: trained numbers."""

    macs: int
    params: int


def cost(network: nn.Module) -> Cost:
    """What `network` costs for one (1, 1, 128, 128) crop, counted while it runs; the network is left as it was."""
    macs = 0

    def count(module: nn.Module, _: Any, output: Tensor) -> None:
        nonlocal macs
        if isinstance(module, nn.Linear):
            macs += module.in_features * module.out_features
        elif isinstance(module, nn.ConvTranspose2d):  # each input pixel meets the whole kernel
            pixels = output.shape[2] * output.shape[3] // (module.stride[0] * module.stride[1])
            macs += pixels * module.weight.numel()
        elif isinstance(module, nn.Conv2d):
            macs += output.shape[2] * output.shape[3] * module.weight.numel()

    counted = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear))]
    hooks = [module.register_forward_hook(count) for module in counted]
    training = network.training
    try:
        network.eval()
        first = next(network.parameters())
        with torch.no_grad():
            network(torch.zeros(1, 1, INPUT_SIZE, INPUT_SIZE, device=first.device, dtype=first.dtype))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return Cost(macs, sum(p.numel() for p in network.parameters()))
