"""AWR's loss in PyTorch's own terms: the formula to read, and the oracle of the fused one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from thenar.nets.decode import FOREGROUND_BELOW, Decode, cell_depth, dense_targets
from thenar.nets.maps import Maps

BEND = 0.01
"""Where the smooth L1 turns from square to straight (AWR's value, in units of uvd)."""


@dataclass(frozen=True)
class LossWeights:
    """dense: mean smooth L1 over the maps' elements. joints: the same over decoded coordinates. presence: binary
    cross-entropy. The published ratio of joints to dense (sums over 84x64x64 and 1000 times sums over 63) is 0.18.
    """

    dense: float = 1.0
    joints: float = 1.0
    presence: float = 0.05


class Loss(NamedTuple):
    """total: scalar to differentiate. dense, joints, presence: its weighted terms, detached scalars. found: (B, J, 4)
    decoded uvd and closeness, detached; without meaning where nothing is seen.
    """

    total: Tensor
    dense: Tensor
    joints: Tensor
    presence: Tensor
    found: Tensor


def smooth_l1(error: Tensor) -> Tensor:
    """AWR's smooth L1 over its slope: 0.5 e^2 / BEND inside |e| < BEND, |e| - BEND / 2 outside."""
    size = error.abs()
    return torch.where(size < BEND, 0.5 / BEND * size.square(), size - BEND / 2)


def awr_loss(out: Maps, depth: Tensor, uvd: Tensor, present: Tensor, *, decode: Decode, weights: LossWeights) -> Loss:
    """Loss of maps (B, 4J, F, F) and presence (B,) against joints uvd (B, J, 3) in crops depth (B, 1, 128, 128).

    Crops without a right hand (present (B,) False), or without depth, teach presence alone; means are over the rest.
    """
    maps = out.maps.float()
    seen = (cell_depth(depth, decode.map_size) < FOREGROUND_BELOW).flatten(1).any(1)
    mask = (present & seen).float()
    count = mask.sum().clamp(min=1)
    uvd = torch.where(present[:, None, None], uvd, torch.zeros_like(uvd))
    targets = dense_targets(uvd, depth, decode.map_size, decode.kernel)
    dense = smooth_l1(maps - targets).mean((1, 2, 3))
    decoded, closeness = decode(maps, depth)
    joints = smooth_l1(decoded - uvd).mean((1, 2))
    dense_term = weights.dense * (dense * mask).sum() / count
    joints_term = weights.joints * (joints * mask).sum() / count
    presence_term = presence_loss(out, present, weights)
    return Loss(
        dense_term + joints_term + presence_term,
        dense_term.detach(),
        joints_term.detach(),
        presence_term.detach(),
        torch.cat((decoded, closeness[:, :, None]), 2).detach(),
    )


def presence_loss(out: Maps, present: Tensor, weights: LossWeights) -> Tensor:
    """Weighted cross-entropy of the presence logit; zero for networks without one."""
    if out.presence is None:
        return torch.zeros((), device=out.maps.device)
    return weights.presence * functional.binary_cross_entropy_with_logits(out.presence.float(), present.float())
