"""Noise taken out of photographs: the two that scikit-learn ships, a network with a skip connection, dense outputs.

cd examples
thenar compress --model compress_denoise:network --data compress_denoise:photographs --train-first 300 \
    --batch 32 --rate 4e-3 --keep 0.06,0.09 --trials 2 --short-steps 40 --steps 1000 --finalists 1 \
    --budget "max_drop=0.01" -o denoise
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

SIDE = 16
"""Pixels of a patch."""

NOISE = 0.1
"""Standard deviation of the noise; black is 0, white is 1."""


class Denoiser(nn.Module):
    """(N, 1, H, W) noisy -> (N, 1, H, W): what the layers see as noise is taken off (DnCNN, arXiv 1608.03981)."""

    def __init__(self, width: int = 64, depth: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(1, width, 3, padding=1), nn.ReLU()]
        for _ in range(depth):
            layers += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        self.noise = nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1))

    def forward(self, image: Tensor) -> Tensor:
        """As the class says."""
        return image - self.noise(image)


def network() -> nn.Module:
    """The network to make smaller."""
    return Denoiser()


class Photographs:
    """Patches of one photograph to learn from, of the other to be judged on."""

    def __init__(self) -> None:
        from sklearn.datasets import load_sample_images

        learned, held_out = (image.mean(2) / 255 for image in load_sample_images().images)
        self.train = self._patches(learned, 2000, 0)
        self.validation = self._patches(held_out, 200, 1)

    @staticmethod
    def _patches(image: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng(seed)
        rows, columns = (generator.integers(0, size - SIDE + 1, count) for size in image.shape)
        pairs = zip(rows, columns, strict=True)
        clean = np.stack([image[row : row + SIDE, column : column + SIDE] for row, column in pairs])
        clean = clean[:, None].astype(np.float32)
        return clean + generator.normal(0, NOISE, clean.shape).astype(np.float32), clean

    def loss(self, outputs: Tensor, clean: Tensor) -> Tensor:
        """Mean absolute error, in units that make it about 1 at the start."""
        return (outputs - clean).abs().mean() / NOISE

    def metric(self, outputs: np.ndarray, clean: np.ndarray) -> float:
        """Peak signal-to-noise ratio in dB; the noisy patches have 20."""
        return float(-10 * np.log10(np.square(outputs - clean).mean()))


def photographs() -> Photographs:
    """The data factory."""
    return Photographs()


if __name__ == "__main__":
    noisy = torch.from_numpy(photographs().train[0])
    print(f"{len(noisy)} patches to learn from, outputs of {tuple(network()(noisy[:2]).shape)}")
