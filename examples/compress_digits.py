"""Handwritten digits, 8x8 pixels, that scikit-learn ships: a network of 7 million multiply-accumulates and its data.

cd examples
thenar compress --model compress_digits:network --data compress_digits:digits --train-first 300 \
    --keep 0.03,0.1 --trials 6 --short-steps 80 --steps 400 --budget "max_drop=0.01" -o digits
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


def network() -> nn.Module:
    """A plain convolutional network: (N, 1, 8, 8) in [0, 1] -> (N, 10) scores."""

    def block(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

    return nn.Sequential(
        *block(1, 48),
        *block(48, 96),
        nn.MaxPool2d(2),
        *block(96, 96),
        *block(96, 192),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(192, 10),
    )


class Digits:
    """The data, and how answers are judged."""

    def __init__(self) -> None:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        images = (images.reshape(-1, 1, 8, 8) / 16).astype(np.float32)
        held_out = np.arange(len(images)) % 4 == 0
        self.train = images[~held_out], labels[~held_out]
        self.validation = images[held_out], labels[held_out]

    def augment(self, images: np.ndarray, labels: np.ndarray, generator: np.random.Generator) -> tuple:
        """Shift each batch by up to a pixel: there are few images."""
        shift = generator.integers(-1, 2, 2)
        return np.roll(images, shift, (2, 3)), labels

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy."""
        return functional.cross_entropy(scores, labels)

    def metric(self, scores: np.ndarray, labels: np.ndarray) -> float:
        """Accuracy."""
        return float((scores.argmax(1) == labels).mean())


def digits() -> Digits:
    """The data factory."""
    return Digits()


if __name__ == "__main__":
    images = torch.from_numpy(digits().train[0])
    print(f"{len(images)} images to learn from, scores of {tuple(network()(images[:2]).shape)}")
