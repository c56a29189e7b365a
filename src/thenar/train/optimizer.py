"""AdamW, and the number format that training computes in."""

from __future__ import annotations

import torch
from torch import nn

from thenar.train import machine
from thenar.train.config import Machine, Schedule


def adamw(network: nn.Module, config: Schedule) -> torch.optim.AdamW:
    """AdamW that decays convolutions and linear layers, not biases and norms."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)


def number_format_of(run: Machine, device: torch.device) -> torch.dtype:
    """The format of activations that `run` asks for; "auto" takes bfloat16 where the hardware multiplies it."""
    if run.precision == "auto":
        fast = machine.has_fast_bfloat16() if device.type == "cpu" else torch.cuda.is_bf16_supported()
        return torch.bfloat16 if fast else torch.float32
    return torch.bfloat16 if run.precision == "bfloat16" else torch.float32
