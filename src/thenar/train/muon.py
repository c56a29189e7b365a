"""Muon: steps whose matrices have been made orthogonal, so that every direction of a layer learns at one pace.

The formulas are Jordan et al. 2024 (https://kellerjordan.github.io/posts/muon/), with the size of a step matched to
AdamW's by Liu et al. 2025 (arXiv 2502.16982). `torch.optim.Muon`, its oracle, takes one matrix at a time and only those
of two dimensions; here all of a network's are one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

MOMENTUM = 0.95
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the polynomial that drives every singular value towards 1."""
ITERATIONS = 5
SHARE = 0.2
"""Root mean square of an orthogonal step's elements, times the rate: what AdamW's steps have."""


class Muon(Optimizer):
    """Muon for weights (out, in, ...), as matrices of (out, all else), and AdamW without decay for the others."""

    def __init__(self, matrices: Sequence[Tensor], others: Sequence[Tensor], rate: float, decay: float):
        super().__init__([{"params": list(matrices), "lr": rate, "weight_decay": decay}], {})
        self._adamw = AdamW([{"params": list(others), "weight_decay": 0.0}], lr=rate, fused=True)
        self._adamw.state = self.state
        self.param_groups += self._adamw.param_groups

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move every parameter by its gradient."""
        self._adamw.step()
        group = self.param_groups[0]
        weights = [p for p in group["params"] if p.grad is not None]
        if not weights:
            return
        for weight in weights:
            if not self.state[weight]:
                self.state[weight]["momentum"] = torch.zeros_like(weight)
        moments = [self.state[weight]["momentum"] for weight in weights]
        gradients = [weight.grad for weight in weights]
        torch._foreach_lerp_(moments, gradients, 1 - MOMENTUM)
        ahead = torch._foreach_lerp(gradients, moments, MOMENTUM)  # Nesterov's
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        for weight, step in zip(weights, orthogonal([matrix(given) for given in ahead]), strict=True):
            size = group["lr"] * SHARE * max(step.shape) ** 0.5
            matrix(weight).sub_(step.to(weight.dtype), alpha=size)


def matrix(weight: Tensor) -> Tensor:
    """(out, in, ...) -> (out, all else), a view of a weight in channels_last or plain memory."""
    if weight.ndim == 4 and not weight.is_contiguous():
        weight = weight.permute(0, 2, 3, 1)
    return weight.view(len(weight), -1)


def orthogonal(given: Sequence[Tensor]) -> list[Tensor]:
    """Matrices -> those of the same singular vectors, with singular values near 1, in bfloat16.

    Zero rows and columns stay zero, so that all are one batch of the largest one's size.
    """
    wide = [m if len(m) <= m.shape[1] else m.mT for m in given]
    batch = torch.zeros(len(wide), max(len(m) for m in wide), max(m.shape[1] for m in wide), dtype=torch.bfloat16)
    batch = batch.to(wide[0].device)
    for place, m in zip(batch, wide, strict=True):
        place[: len(m), : m.shape[1]] = m
    batch /= batch.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    a, b, c = NEWTON_SCHULZ
    for _ in range(ITERATIONS):
        square = batch @ batch.mT
        batch = torch.baddbmm(batch, torch.baddbmm(square, square, square, beta=b, alpha=c), batch, beta=a)
    found = [place[: len(m), : m.shape[1]] for place, m in zip(batch, wide, strict=True)]
    return [f if len(m) <= m.shape[1] else f.mT for f, m in zip(found, given, strict=True)]
