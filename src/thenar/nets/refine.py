"""What the other joints say about each one: a small correction of all of them at once.

Adaptive weighting finds every joint for itself. Where a joint is hidden, the rest of the hand and how sure each one is
tell more than the pixels do (a learned prior of poses, as Oberweger et al. 2015, arXiv 1502.06807, put last in theirs).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import torch
from torch import Tensor, nn

SURE = 0.8
"""A usual closeness; what is taken off it, and the factors, bring inputs and outputs near 1."""
WIDEN = 4.0
NARROW = 0.1


class Refine(nn.Module):
    """Linear layers of `widths` with ReLU between uvd (B, J, 3), closeness (B, J) and better uvd (B, J, 3)."""

    def __init__(self, joints: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        sizes = (4 * joints, *widths, 3 * joints)
        layers: list[nn.Module] = []
        for inputs, outputs in itertools.pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1])
        nn.init.zeros_(layers[-2].weight)  # type: ignore[arg-type]
        nn.init.zeros_(layers[-2].bias)  # type: ignore[arg-type]

    def forward(self, uvd: Tensor, closeness: Tensor) -> Tensor:
        """As the class says; untrained it changes nothing."""
        given = torch.cat((uvd.flatten(1), closeness - SURE), dim=1) * WIDEN
        moved: Tensor = uvd + (self.layers(given) * NARROW).reshape(uvd.shape)
        return moved


def refined(network: nn.Module, uvd: Tensor, closeness: Tensor) -> Tensor:
    """uvd (B, J, 3) as `network` corrects it, where it does."""
    refine: Refine | None = getattr(network, "refine", None)
    return uvd if refine is None else refine(uvd, closeness)


def begins_anew(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> set[str]:
    """Names of the corrections' tensors where those of two networks differ: neither can take the other's."""
    names = {name for name in (*own, *given) if name.startswith("refine.")}
    same = all(name in own and name in given and own[name].shape == given[name].shape for name in names)
    return set() if same else names
