"""A small convolutional network with a decoding like a hand model's, random yet not uniform, and depth to feed it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

JOINTS = 5
SIZE = 32
CELLS = 16
MM_PER_UNIT = 125.0  # half the side of a 250 mm cube


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class StandIn(nn.Module):
    """(1, 1, 32, 32) depth -> uvd (1, J, 3), confidence (1, J): strides, a residual, a deconvolution, an integral."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(1, 16, stride=2)
        self.down = _conv(16, 32, stride=2)
        self.first = _conv(32, 32)
        self.second = nn.Sequential(nn.Conv2d(32, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32))
        self.up = nn.Sequential(nn.ConvTranspose2d(32, 16, 2, 2, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.head = nn.Conv2d(16, 4 * JOINTS, 1)
        line = torch.linspace(-1, 1, CELLS)
        v, u = torch.meshgrid(line, line, indexing="ij")
        self.register_buffer("grid", torch.stack([u, v]).reshape(1, 1, 2, -1))

    def forward(self, depth: Tensor) -> tuple[Tensor, Tensor]:
        skip = self.stem(depth)  # 16x16
        x = self.down(skip)  # 8x8
        x = torch.relu(x + self.second(self.first(x)))
        maps = self.head(self.up(x) + skip)
        offset = maps[:, : 3 * JOINTS].reshape(-1, JOINTS, 3, CELLS * CELLS)
        closeness = maps[:, 3 * JOINTS :].reshape(-1, JOINTS, CELLS * CELLS)
        weight = torch.softmax(3 * closeness, 2)
        near = depth[:, :, ::2, ::2].reshape(-1, 1, 1, CELLS * CELLS)
        point = torch.cat((self.grid.expand(depth.shape[0], 1, 2, -1), near), 2)
        uvd = ((point + 0.2 * offset) * weight[:, :, None]).sum(3)
        return uvd, (weight * closeness).sum(2)


def stand_in(seed: int) -> StandIn:
    """A network with random weights and running statistics that fit them."""
    torch.manual_seed(seed)
    network = StandIn().train()
    with torch.no_grad():
        for norm in [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]:
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.3, 0.5)
        for step in range(30):
            network(torch.from_numpy(depth(8, seed=1000 + step)))
    return network.eval()


def depth(count: int, seed: int) -> NDArray[np.float32]:
    """(count, 1, 32, 32) in [-1, 1]: a few spheres before a background of +1."""
    rng = np.random.default_rng(seed)
    v, u = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    images = np.ones((count, 1, SIZE, SIZE), np.float32)
    for image in images:
        for x, y, z, radius in rng.uniform((-0.7, -0.7, -0.6, 0.15), (0.7, 0.7, 0.6, 0.4), (6, 4)):
            inside = radius**2 - (u - x) ** 2 - (v - y) ** 2
            front = z - np.sqrt(np.maximum(inside, 0))
            image[0] = np.where((inside > 0) & (front < image[0]), front, image[0])
    return images.clip(-1, 1)


def feeds(count: int, seed: int) -> list[dict[str, NDArray[Any]]]:
    return [{"depth": image[None]} for image in depth(count, seed)]


def mean_mm(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean distance of joints (N, J, 3) in uvd, in mm of a 250 mm cube."""
    return float(MM_PER_UNIT * np.linalg.norm(a - b, axis=-1).mean())
