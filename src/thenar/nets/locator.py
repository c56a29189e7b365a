"""A small U-shaped network that sees a whole view and says where hands are."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from thenar.nets.spec import LocatorSpec
from thenar.nets.student import Up, encoder

CHANNELS: Final = 5
"""Heat of right and of left hands as logits; column and row from the cell's middle, in cells; depth value."""

CELL_PX: Final = 4
"""Side of an output cell in the view's pixels."""


class Locator(nn.Module):
    """(B, 1, 128, 160) view in [-1, 1] -> (B, 5, 32, 40), see `CHANNELS`."""

    def __init__(self, spec: LocatorSpec) -> None:
        super().__init__()
        self.spec = spec
        self.stages = encoder(spec.channels, spec.blocks)
        skips = range(len(spec.channels) - 2, 0, -1)  # the cells are those of the second stage
        self.ups = nn.ModuleList(Up(spec.channels[s + 1], spec.channels[s], 1, 0) for s in skips)
        self.head = nn.Conv2d(spec.channels[1], CHANNELS, 1)
        nn.init.constant_(self.head.bias[:2], -4.0)  # type: ignore[index]  # hands are rare: focal loss, section 3.3

    def forward(self, view: Tensor) -> Tensor:
        """As the class says."""
        features: list[Tensor] = []
        x = view
        for stage in self.stages:
            x = stage(x)  # 64x80, 32x40, 16x20, 8x10 ...
            features.append(x)
        for up, skip in zip(self.ups, reversed(features[1:-1]), strict=True):
            x = up(x, skip)
        out: Tensor = self.head(x)
        return out


class Located(nn.Module):
    """A locator as it is exported: view -> heat (B, 2, 32, 40) in [0, 1], uvd (B, 3, 32, 40) in the view's pixels."""

    cells: Tensor

    def __init__(self, network: Locator, height: int = 32, width: int = 40) -> None:
        super().__init__()
        self.network = network
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        self.register_buffer("cells", torch.stack([columns, rows]).float()[None], persistent=False)

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """As the class says."""
        out = self.network(view)
        middle = self.cells * CELL_PX + (CELL_PX - 1) / 2
        return torch.sigmoid(out[:, :2]), torch.cat((out[:, 2:4] * CELL_PX + middle, out[:, 4:]), dim=1)
