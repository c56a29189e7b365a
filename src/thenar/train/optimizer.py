"""The optimizer of a run, and the number format that it computes in."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim import Optimizer

from thenar.train import machine
from thenar.train.config import FitConfig, Machine, Schedule
from thenar.train.muon import Muon


def adamw(network: nn.Module, config: Schedule) -> torch.optim.AdamW:
    """AdamW that decays convolutions and linear layers, not biases and norms."""
    trained = [p for p in network.parameters() if p.requires_grad]
    decayed = [p for p in trained if p.ndim > 1]
    plain = [p for p in trained if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)


def muon(network: nn.Module, config: Schedule) -> Muon:
    """Muon for the convolutions that a norm follows (they have no bias), AdamW for all else and for an image's own."""
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.groups == 1]
    matrices = [m.weight for m in convolutions if m.bias is None and m.in_channels > 1 and m.weight.requires_grad]
    chosen = {id(weight) for weight in matrices}
    others = [p for p in network.parameters() if p.requires_grad and id(p) not in chosen]
    return Muon(matrices, others, config.learning_rate, config.weight_decay)


def optimizer_of(network: nn.Module, config: FitConfig) -> Optimizer:
    """The one that `config` names."""
    return {"adamw": adamw, "muon": muon}[config.optimizer](network, config)


def number_format_of(run: Machine, device: torch.device) -> torch.dtype:
    """The format of activations that `run` asks for; "auto" takes bfloat16 where the hardware multiplies it."""
    if run.precision == "auto":
        fast = machine.has_fast_bfloat16() if device.type == "cpu" else torch.cuda.is_bf16_supported()
        return torch.bfloat16 if fast else torch.float32
    return torch.bfloat16 if run.precision == "bfloat16" else torch.float32
