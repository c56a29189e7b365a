"""Dense maps from joints, and joints from dense maps (AWR: Huang et al., AAAI 2020, arXiv 2007.09590).

Cell (i, j) of an FxF map stands for the point of the crop under one pixel, the middle one of the 128/F it covers.
A cell whose pixel has no depth belongs to the background: its targets are zero and the integral leaves it out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from thenar.nets.maps import Maps
from thenar.nets.refine import refined
from thenar.nets.spec import INPUT_SIZE

FOREGROUND_BELOW = 0.99
"""Depth in [-1, 1] that counts as seen; background and holes are +1 (AWR's threshold)."""

OUTSIDE = 1e4
"""Taken off the softmax's logits where there is no depth: exp(-1e4) is 0 in float32, without infinities in ONNX."""


def cell_offset(map_size: int) -> int:
    """Row and column of the pixel that stands for the first cell."""
    return INPUT_SIZE // map_size // 2


def cell_centers(map_size: int) -> Tensor:
    """(F,) the u (or v) of each cell's pixel, in [-1, 1] with pixel edges at -1 and +1."""
    pixels = torch.arange(map_size, dtype=torch.float32) * (INPUT_SIZE // map_size) + cell_offset(map_size)
    return (2 * pixels + 1) / INPUT_SIZE - 1


def cell_depth(depth: Tensor, map_size: int) -> Tensor:
    """(B, 1, 128, 128) depth -> (B, 1, F, F) float32, each cell's own pixel."""
    first, step = cell_offset(map_size), INPUT_SIZE // map_size
    return depth[:, :, first::step, first::step].float()


def cell_points(depth: Tensor, map_size: int) -> Tensor:
    """(B, 1, 128, 128) depth -> (B, 3, F, F) uvd of each cell."""
    centers = cell_centers(map_size).to(depth.device)
    d = cell_depth(depth, map_size)
    u = centers.expand(d.shape)
    v = centers[:, None].expand(d.shape)
    return torch.cat((u, v, d), dim=1)


def dense_targets(uvd: Tensor, depth: Tensor, map_size: int, kernel: float) -> Tensor:
    """(B, J, 3) joints and (B, 1, 128, 128) depth -> (B, 4J, F, F) unit offsets to each joint, then closeness.

    Closeness is 1 at the joint and 0 at a distance of `kernel` (in units of uvd); beyond, and without depth, all is 0.
    """
    points = cell_points(depth, map_size)  # (B, 3, F, F)
    offset = uvd[:, :, :, None, None] - points[:, None]  # (B, J, 3, F, F)
    distance = torch.sqrt(offset.square().sum(2) + 1e-8)  # (B, J, F, F)
    near = (distance <= kernel) & (points[:, 2:] < FOREGROUND_BELOW)
    unit = offset / distance[:, :, None] * near[:, :, None]
    closeness = (1 - distance / kernel) * near
    return torch.cat((unit.flatten(1, 2), closeness), dim=1)


class Decode(nn.Module):
    """Maps and depth -> joints: the softmax-weighted integral, always in float32, in standard ONNX operators.

    maps: (B, 4J, F, F); depth: (B, 1, 128, 128).
    Returns uvd (B, J, 3) = sum of weight * (unit offset * distance + cell's point), with distance = kernel * (1 -
    closeness) and weight = softmax(scale * closeness) over the cells that have depth; and confidence (B, J) in [0, 1],
    the weighted closeness.
    """

    centers: Tensor

    def __init__(self, joints: int, map_size: int, kernel: float, scale: float) -> None:
        super().__init__()
        self.joints, self.map_size, self.kernel, self.scale = joints, map_size, kernel, scale
        self.register_buffer("centers", cell_centers(map_size), persistent=False)

    def forward(self, maps: Tensor, depth: Tensor) -> tuple[Tensor, Tensor]:
        """As the class says."""
        joints, cells = self.joints, self.map_size * self.map_size
        d = cell_depth(depth, self.map_size)
        u = self.centers.expand(d.shape)
        v = self.centers[:, None].expand(d.shape)
        point = torch.cat((u, v, d), dim=1).reshape(-1, 1, 3, cells)
        seen = (d < FOREGROUND_BELOW).float().reshape(-1, 1, cells)
        values = maps.float().reshape(-1, 4 * joints, cells)
        offset = values[:, : 3 * joints].reshape(-1, joints, 3, cells)
        closeness = values[:, 3 * joints :]  # (B, J, FF)
        weight = torch.softmax(closeness * self.scale + (seen - 1) * OUTSIDE, dim=2)
        distance = self.kernel * (1 - closeness)
        uvd = ((offset * distance[:, :, None] + point) * weight[:, :, None]).sum(3)
        return uvd, (weight * closeness).sum(2).clamp(0, 1)


class Decoded(nn.Module):
    """A network with its decoding: depth (B, 1, 128, 128) -> uvd (B, J, 3), confidence (B, J) in [0, 1].

    Confidence is the weighted closeness times the probability that the crop shows a right hand (where the network
    tells). This is the module that is exported.
    """

    def __init__(self, network: nn.Module, joints: int, map_size: int, kernel: float, scale: float) -> None:
        super().__init__()
        self.network = network
        self.decode = Decode(joints, map_size, kernel, scale)

    def forward(self, depth: Tensor) -> tuple[Tensor, Tensor]:
        """As the class says."""
        out: Maps = self.network(depth)
        uvd, confidence = self.decode(out.maps, depth)
        uvd = refined(self.network, uvd, confidence)
        if out.presence is not None:
            confidence = confidence * torch.sigmoid(out.presence.float())[:, None]
        return uvd, confidence
