"""A family of small U-shaped networks, built from a spec, with no operator that is slow in int8."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from thenar.nets.maps import Maps
from thenar.nets.norm import norm_act
from thenar.nets.refine import Refine
from thenar.nets.spec import INPUT_SIZE, StudentSpec


class ConvNorm(nn.Module):
    """relu(norm(conv(x)) + add): a convolution with batch norm, an optional addition and, if `relu`, ReLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1, relu: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.relu = relu

    def forward(self, x: Tensor, add: Tensor | None = None) -> Tensor:
        """As the class says."""
        return norm_act(self.conv(x), self.norm, add, self.relu)


class Residual(nn.Module):
    """(B, C, H, W) -> the same: two 3x3 convolutions beside an identity, `times` times.

    The weights are the same each time, so that a file holds them once; norms are each time's own.
    """

    def __init__(self, channels: int, times: int = 1) -> None:
        super().__init__()
        self.first = ConvNorm(channels, channels)
        self.second = ConvNorm(channels, channels)
        self.again = nn.ModuleList(Norms(channels) for _ in range(times - 1))

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        out: Tensor = self.second(self.first(x), add=x)
        for norms in self.again:
            assert isinstance(norms, Norms)
            inner = norm_act(self.first.conv(out), norms.first)
            out = norm_act(self.second.conv(inner), norms.second, out)
        return out


class Norms(nn.Module):
    """The norms of a residual block that runs once more; at first it changes little."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.BatchNorm2d(channels)
        self.second = nn.BatchNorm2d(channels)
        nn.init.constant_(self.second.weight, 0.1)


@torch.no_grad()
def keep_positive(network: nn.Module) -> None:
    """Hold the norms' scales of blocks that run more than once above zero, as training must after each step.

    With norms folded in, the weights of each time then differ by positive factors alone: their rounded steps are equal.
    """
    for block in network.modules():
        if isinstance(block, Residual) and len(block.again):
            for norm in block.modules():
                if isinstance(norm, nn.BatchNorm2d):
                    norm.weight.clamp_(min=1e-3)


class Up(nn.Module):
    """Half-size features and a skip -> the skip's size: 1x1 to the skip's width, nearest x2, add, 3x3 convolutions,
    residual blocks."""

    def __init__(self, inputs: int, outputs: int, convs: int, blocks: int, times: int = 1) -> None:
        super().__init__()
        self.narrow = ConvNorm(inputs, outputs, size=1, relu=False)
        self.skip = ConvNorm(outputs, outputs, size=1)
        self.convs = nn.Sequential(*(ConvNorm(outputs, outputs) for _ in range(convs)))
        self.blocks = nn.Sequential(*(Residual(outputs, times) for _ in range(blocks)))

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """As the class says."""
        up = nn.functional.interpolate(self.narrow(x), scale_factor=2.0, mode="nearest")
        out: Tensor = self.blocks(self.convs(self.skip(skip, add=up)))
        return out


def encoder(channels: tuple[int, ...], blocks: tuple[int, ...], times: int = 1) -> nn.ModuleList:
    """Stages that each halve the size of an image of one channel: a convolution, then residual blocks."""
    return nn.ModuleList(
        nn.Sequential(ConvNorm(before, after, stride=2), *(Residual(after, times) for _ in range(count)))
        for before, after, count in zip((1, *channels), channels, blocks, strict=False)
    )


class Student(nn.Module):
    """(B, 1, 128, 128) depth in [-1, 1] -> `Maps` of (B, 4J, F, F) and (B,)."""

    def __init__(self, spec: StudentSpec) -> None:
        super().__init__()
        self.spec = spec
        self.stages = encoder(spec.channels, spec.blocks, spec.repeats)
        ups = [stage for stage in reversed(range(len(spec.channels) - 1)) if INPUT_SIZE >> (stage + 1) <= spec.map_size]
        self.ups = nn.ModuleList(
            Up(spec.channels[s + 1], spec.channels[s], spec.decoder_convs, spec.decoder_blocks, spec.repeats)
            for s in ups
        )
        width = spec.channels[ups[-1]] if ups else spec.channels[-1]
        self.head = nn.Conv2d(width, 4 * spec.joints, 1)
        self.presence = nn.Linear(spec.channels[-1], 1)
        self.refine = Refine(spec.joints, spec.refine) if spec.refine else None

    def forward(self, depth: Tensor) -> Maps:
        """As the class says."""
        features: list[Tensor] = []
        x = depth
        for stage in self.stages:
            x = stage(x)  # 64x64, 32x32, 16x16, 8x8 ...
            features.append(x)
        presence = self.presence(x.mean((2, 3)))[:, 0]
        for up, skip in zip(self.ups, reversed(features[:-1]), strict=False):
            x = up(x, skip)  # 16x16, ... FxF
        return Maps(self.head(x), presence)
