"""Batch norm, an optional addition and ReLU in one step, so that training on CPU reads memory once."""

from __future__ import annotations

from torch import Tensor, nn


def norm_act(x: Tensor, norm: nn.BatchNorm2d, add: Tensor | None = None, relu: bool = True) -> Tensor:
    """(B, C, H, W) -> relu(norm(x) + add)."""
    y = norm(x)
    if add is not None:
        y = y + add
    return nn.functional.relu(y, inplace=True) if relu else y
