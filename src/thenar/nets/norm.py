"""Batch norm, an optional addition and ReLU as one step."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def norm_act(x: Tensor, norm: nn.BatchNorm2d, add: Tensor | None = None, relu: bool = True) -> Tensor:
    """(B, C, H, W) -> relu(norm(x) + add); on its fast path where bfloat16 is trained on a CPU."""
    fast = x.dtype == torch.bfloat16 and x.device.type == "cpu" and norm.training and norm.momentum is not None
    if fast:
        from thenar.nets.fused_norm import fused_norm_act

        return fused_norm_act(x, norm, add, relu)
    y: Tensor = norm(x)
    if add is not None:
        y = y + add
    return nn.functional.relu(y, inplace=True) if relu else y
