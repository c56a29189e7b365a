"""AWR's Hourglass-1 (PoseNet), as published (Huang et al., AAAI 2020, arXiv 2007.09590; Newell et al. 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from thenar.nets.maps import Maps
from thenar.nets.spec import AwrSpec

WIDTH = 256
LEVELS = 4


class PreActivation(nn.Module):
    """(B, inputs, H, W) -> (B, outputs, H, W): norm, ReLU, convolution three times (1x1, 3x3, 1x1), plus identity."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half = outputs // 2
        layers: list[nn.Module] = []
        for before, after, size in ((inputs, half, 1), (half, half, 3), (half, outputs, 1)):
            layers += [nn.BatchNorm2d(before), nn.ReLU(), nn.Conv2d(before, after, size, padding=size // 2)]
        self.residual = nn.Sequential(*layers)
        # Published code holds this projection everywhere and uses it where widths differ; so do its parameter counts.
        self.projection = nn.Conv2d(inputs, outputs, 1)
        self.projects = inputs != outputs

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        identity = self.projection(x) if self.projects else x
        out: Tensor = self.residual(x) + identity
        return out


class Hourglass(nn.Module):
    """(B, C, H, W) -> the same: down by two, itself one level smaller, up by two, beside a branch at full size."""

    def __init__(self, levels: int, width: int) -> None:
        super().__init__()
        self.beside = PreActivation(width, width)
        inner = Hourglass(levels - 1, width) if levels > 1 else PreActivation(width, width)
        self.below = nn.Sequential(
            nn.MaxPool2d(2),
            PreActivation(width, width),
            inner,
            PreActivation(width, width),
            nn.Upsample(scale_factor=2),
        )

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        out: Tensor = self.beside(x) + self.below(x)
        return out


class HourglassAwr(nn.Module):
    """(B, 1, 128, 128) depth in [-1, 1] -> `Maps` of (B, 4J, 64, 64), no presence."""

    def __init__(self, spec: AwrSpec) -> None:
        super().__init__()
        self.spec = spec
        self.stem = nn.Sequential(
            nn.Conv2d(1, 64, 5, padding=2),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            PreActivation(64, 128),
            nn.MaxPool2d(2),  # 128 x 64x64
            PreActivation(128, 256),
            PreActivation(256, WIDTH),
        )
        self.hourglass = Hourglass(LEVELS, WIDTH)
        self.features = nn.Sequential(
            PreActivation(WIDTH, WIDTH), nn.Conv2d(WIDTH, WIDTH, 1), nn.BatchNorm2d(WIDTH), nn.ReLU()
        )
        self.offsets = nn.Conv2d(WIDTH, 3 * spec.joints, 1)
        self.closeness = nn.Conv2d(WIDTH, spec.joints, 1)

    def forward(self, depth: Tensor) -> Maps:
        """As the class says."""
        x = self.features(self.hourglass(self.stem(depth)))
        return Maps(torch.cat((self.offsets(x), self.closeness(x)), dim=1), None)
