"""The average of a network's weights and of its running statistics over the last steps."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


class Ema(Generic[M]):
    """A second network whose every number follows the first's.

    Batch norm's running statistics are averaged like the weights: copied raw ones belong to other weights than the
    averaged ones, and cost tens of millimetres at a high learning rate.
    """

    def __init__(self, network: M, half_life: float) -> None:
        self.network: M = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = 0.5 ** (1 / half_life)
        self._pairs = _floats(self.network), _floats(network)
        self._counts = _counts(self.network), _counts(network)

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step 0, 1, ...; the first steps count more, so that the start is forgotten."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._pairs[0], self._pairs[1], 1 - decay)
        if self._counts[0]:  # batch norm's; not every network has one
            torch._foreach_copy_(*self._counts)


@torch.no_grad()
def recalibrate(network: nn.Module, images: list[Tensor]) -> None:
    """Set batch norm's running statistics to the plain average over `images`, each (B, C, H, W)."""
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    training = network.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # PyTorch then keeps the cumulative average
    try:
        network.train()
        for batch in images:
            network(batch)
    finally:
        network.train(training)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _floats(network: nn.Module) -> list[Tensor]:
    return [t for t in network.state_dict().values() if t.is_floating_point()]


def _counts(network: nn.Module) -> list[Tensor]:
    return [t for t in network.state_dict().values() if not t.is_floating_point()]
