"""Small networks and data for the tests of compression; factories that a test can name as `toy_task:network`."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """x + depthwise(norm(conv(x)))."""

    def __init__(self, channels: int, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False, groups=groups)
        self.norm = nn.BatchNorm2d(channels)
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.depthwise(self.norm(self.conv(x))))


class Branches(nn.Module):
    """Residuals, a deconvolution, a concatenation, a flattened linear layer: two outputs."""

    def __init__(self, groups: int = 1, norm: str = "prelu") -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 32, 3, padding=1)
        self.norm = nn.GroupNorm(4, 32) if norm == "group" else nn.PReLU(32)
        self.first = Residual(32, groups)
        self.down = nn.Conv2d(32, 64, 3, stride=2, padding=1)
        self.second = Residual(64)
        self.up = nn.ConvTranspose2d(64, 24, 2, 2)
        self.maps = nn.Conv2d(24 + 32, 3, 1)
        self.scores = nn.Linear(64 * 16, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        fine = self.first(torch.relu(self.norm(self.stem(x))))
        coarse = self.second(torch.relu(self.down(fine)))
        return self.scores(coarse.flatten(1)), torch.sigmoid(self.maps(torch.cat((fine, self.up(coarse)), 1)))


class Small(nn.Module):
    """A classifier of 8x8 images into four classes."""

    def __init__(self, width: int = 32, depth: int = 1, classes: int = 4) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index in range(depth + 1):
            layers += [nn.Conv2d(width if index else 1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.scores = nn.Conv2d(width, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.scores(self.features(x)).mean((2, 3))


class Quadrants:
    """A bright spot in one of four quadrants, under noise: which one?"""

    def __init__(self, count: int = 256, seed: int = 0) -> None:
        self.train, self.validation = self._examples(count, seed), self._examples(128, seed + 1)

    @staticmethod
    def _examples(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng(seed)
        labels = generator.integers(0, 4, count)
        images = generator.normal(0, 0.5, (count, 1, 8, 8)).astype(np.float32)
        images.reshape(count, 2, 4, 2, 4)[np.arange(count), labels // 2, :, labels % 2] += 0.7
        return images, labels

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(outputs, targets)

    def metric(self, outputs: np.ndarray, targets: np.ndarray) -> float:
        return float((outputs.argmax(1) == targets).mean())


def network(width: int = 32, depth: int = 1) -> nn.Module:
    torch.manual_seed(0)
    return Small(width, depth)


def branches(groups: int = 1, norm: str = "prelu") -> nn.Module:
    torch.manual_seed(0)
    return Branches(groups, norm).eval()


def task() -> Quadrants:
    return Quadrants()
