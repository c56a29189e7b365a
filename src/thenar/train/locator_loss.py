"""What a locator minimises: heat where hands are, and where in the cell and how far away they are."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from thenar.nets.locator import CELL_PX
from thenar.train.views import LEFT, RIGHT, UNCLEAR

FOCUS, SHARPNESS = 2.0, 4.0
"""alpha and beta of the focal loss (Zhou et al. 2019, "Objects as Points", arXiv 1904.07850, equation 1)."""

SPREAD: Final = 0.4
"""Standard deviation of a target's heat, as a share of half the palm's length; at least `LEAST_SPREAD` cells."""

LEAST_SPREAD: Final = 0.8
NEAR: Final = 1.5
"""Cells around a hand's middle that answer for its place."""

PLACE: Final = 0.5
DEPTH: Final = 5.0
"""Weights of the place within the cell and of depth beside the heat's."""


def locator_loss(out: Tensor, uvd: Tensor, radius_px: Tensor, side: Tensor) -> Tensor:
    """Loss of (B, 5, H, W), see `nets.locator`, against up to two hands a view, see `train.views.ViewBatch`."""
    out = out.float()
    rows, columns = out.shape[2:]
    grid = torch.stack(torch.meshgrid(torch.arange(columns), torch.arange(rows), indexing="xy")).to(
        out
    )  # (2, H, W): column, row
    places = (uvd[:, :, :2] - (CELL_PX - 1) / 2) / CELL_PX  # (B, 2, 2) in cells
    offset = places[:, :, :, None, None] - grid  # (B, 2, 2, H, W)
    distance = offset.norm(dim=2)  # (B, 2, H, W)
    spread = (radius_px * SPREAD / CELL_PX).clamp(min=LEAST_SPREAD)[:, :, None, None]
    heat = torch.exp(-0.5 * (distance / spread).square())
    known = ((side == RIGHT) | (side == LEFT))[:, :, None, None]
    unclear = ((side == UNCLEAR)[:, :, None, None] & (distance < 2 * radius_px[:, :, None, None] / CELL_PX)).any(1)

    asked = torch.stack([(heat * (side == name)[:, :, None, None]).amax(1) for name in (RIGHT, LEFT)], dim=1)
    peak = torch.stack([((distance < 0.75) & (side == name)[:, :, None, None]).any(1) for name in (RIGHT, LEFT)], dim=1)
    count = known.sum().clamp(min=1)
    logits = out[:, :2]
    chance = torch.sigmoid(logits)
    hit = -functional.logsigmoid(logits) * (1 - chance) ** FOCUS * peak
    miss = -functional.logsigmoid(-logits) * chance**FOCUS * (1 - asked) ** SHARPNESS * ~peak * ~unclear[:, None]
    focal = (hit + miss).sum() / count

    near = (distance < NEAR) & known  # (B, 2, H, W)
    place = (functional.smooth_l1_loss(out[:, None, 2:4].expand_as(offset), offset, reduction="none")).sum(2)
    depth = functional.smooth_l1_loss(
        out[:, None, 4].expand_as(distance), uvd[:, :, 2, None, None].expand_as(distance), reduction="none", beta=0.05
    )
    local = ((PLACE * place + DEPTH * depth) * near).sum() / near.sum().clamp(min=1)
    total: Tensor = focal + local
    return total
