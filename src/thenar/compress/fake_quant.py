"""Rounding while training: what int8 will do to weights and activations, with gradients that pass straight through.

Weights are rounded to 127 steps either way per output channel, activations to 255 steps over the range they were seen
in, as in the int8 file (Jacob et al. 2018, arXiv 1712.05877, section 3; straight-through gradients: Bengio et al. 2013,
arXiv 1308.3432). A channel's rounding doesn't change when batch norm scales it, so nothing has to be folded for it. The
float weights stay underneath: taking the rounding off leaves a plain network, trained so that rounding costs it little.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

QUANTIZED = (nn.Conv2d, nn.ConvTranspose2d)
"""Layers that the int8 file rounds; what follows the last of them stays float there."""

WEIGHT_STEPS = 127
ACTIVATION_STEPS = 255
MOMENTUM = 0.05


class RoundWeight(nn.Module):
    """Weights rounded per channel of `axis`."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, weight: Tensor) -> Tensor:
        """The rounded weights, of the same shape."""
        others = [axis for axis in range(weight.ndim) if axis != self.axis]
        scale = weight.detach().abs().amax(others, keepdim=True).clamp(min=1e-8) / WEIGHT_STEPS
        return _straight_through(weight, (weight / scale).round() * scale)


class RoundActivation(nn.Module):
    """Activations rounded over a range that follows the batches' extremes while training."""

    low: Tensor
    high: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("low", torch.tensor(float("nan")))
        self.register_buffer("high", torch.tensor(float("nan")))

    def forward(self, x: Tensor) -> Tensor:
        """The rounded activations, of the same shape."""
        if self.training or bool(self.low.isnan()):
            low, high = x.detach().amin().clamp(max=0), x.detach().amax().clamp(min=0)
            fresh = bool(self.low.isnan())
            self.low.copy_(low if fresh else torch.lerp(self.low, low, MOMENTUM))
            self.high.copy_(high if fresh else torch.lerp(self.high, high, MOMENTUM))
        scale = ((self.high - self.low) / ACTIVATION_STEPS).clamp(min=1e-8)
        zero = (-self.low / scale).round()
        steps = ((x / scale).round() + zero).clamp(0, ACTIVATION_STEPS)
        inside = x.clamp(float(self.low), float(self.high))
        return _straight_through(inside, (steps - zero) * scale)


@contextmanager
def rounding(network: nn.Module, leave: Collection[str] = (), only: Collection[str] | None = None) -> Iterator[None]:
    """Inside, the network's convolutions compute with rounded weights and inputs; its parameters stay the float ones.

    leave: names of layers to leave float. only: names to round, all the others are left.
    """
    chosen = [
        module
        for name, module in network.named_modules()
        if isinstance(module, QUANTIZED) and name not in leave and (only is None or name in only)
    ]
    hooks = []
    for module in chosen:
        axis = 1 if isinstance(module, nn.ConvTranspose2d) else 0
        parametrize.register_parametrization(module, "weight", RoundWeight(axis))
        module.add_module("rounded_input", RoundActivation())
        hooks.append(module.register_forward_pre_hook(_round_input))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for module in chosen:
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)
            del module.rounded_input


def _round_input(module: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return (module.get_submodule("rounded_input")(given[0]), *given[1:])


def _straight_through(value: Tensor, rounded: Tensor) -> Tensor:
    """`rounded`, with the gradient of `value`."""
    return value + (rounded - value).detach()
