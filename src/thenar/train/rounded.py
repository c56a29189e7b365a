"""Training for weights of few bits: forward and backward run on the rounded weights, steps are taken by float ones.

The gradient at the rounded weight is applied to the float one beneath (straight-through: Bengio et al. 2013, arXiv
1308.3432). A channel's rounding doesn't change when batch norm scales it, so nothing has to be folded for it.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn

from thenar.grid import LARGE, round_rows
from thenar.train.ema import recalibrate

M = TypeVar("M", bound=nn.Module)

_WEIGHT = ("weight", "parametrizations.weight.original")
"""A layer's own weight, and beneath a parametrization."""


@contextmanager
def rounded(network: nn.Module, bits: int, leave: Collection[str] = ()) -> Iterator[None]:
    """Inside, large weights of convolutions and linear layers are rounded to `bits` per output channel; 0: nothing.

    leave: layers that stay as they are, by the first parts of their names. The parameters are the same objects, so that
    gradients made inside are theirs outside.
    """
    chosen = _weights(network, leave) if bits else []
    before = [weight.data for weight in chosen]
    for weight in chosen:
        weight.data = nearest(weight.data, bits)
    try:
        yield
    finally:
        for weight, data in zip(chosen, before, strict=True):
            weight.data = data


def settled(average: M, bits: int, images: list[Tensor], leave: Collection[str] = ()) -> M:
    """The averaged network with its weights rounded for good; itself where `bits` is 0.

    images: each (B, C, H, W). Batch norm's statistics are measured anew on them: the averaged ones belong to other
    rounded weights, and cost millimetres.
    """
    if not bits:
        return average
    network = copy.deepcopy(average)
    for weight in _weights(network, leave):
        weight.data = nearest(weight.data, bits)
    if images:
        recalibrate(network, [batch.float() for batch in images])
    return network


def large_layers(network: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that four bits are worth it for, by the names of their layers."""
    layers = {name: m for name, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
    return {
        name: weight
        for name, layer in layers.items()
        for part, weight in layer.named_parameters()
        if part in _WEIGHT and weight.numel() >= LARGE
    }


def _weights(network: nn.Module, leave: Collection[str]) -> list[nn.Parameter]:
    parts = tuple(f"{name}." for name in leave)
    return [weight for name, weight in large_layers(network).items() if not f"{name}.".startswith(parts)]


def nearest(weight: Tensor, bits: int) -> Tensor:
    """weight (outputs, ...), rounded to `bits` per output, in the same memory format."""
    steps, scales = round_rows(weight.detach().flatten(1).cpu().numpy(), bits)
    values = torch.from_numpy(steps * scales[:, None]).reshape(weight.shape)
    return torch.empty_like(weight).copy_(values)
