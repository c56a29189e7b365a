"""The networks that runtimes are compared on: (1, 1, 128, 128) float image -> (1, 84, F, F) float maps.

Weights are random, from a fixed seed; batch norm takes its statistics from given images, so that activations have the
ranges of a trained network. Only PyTorch and the project's own networks are needed to build them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from thenar.nets.build import build as build_net
from thenar.nets.decode import Decoded
from thenar.nets.spec import AwrSpec
from thenar.nets.store import load

ROOT = Path(__file__).parents[1]
MAPS = 84
SEED = 0
SIZE = 128


class Residual(nn.Module):
    """relu(body(x) + x)."""

    def __init__(self, *body: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.body(x) + x)


def conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, batch norm."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


def deconv(inputs: int, outputs: int) -> nn.Sequential:
    """Twice the size: 4x4 transposed convolution, batch norm."""
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs))


def residual(channels: int) -> nn.Module:
    return Residual(conv(channels, channels), nn.ReLU(), conv(channels, channels))


def small() -> nn.Module:
    """9 MMACs: 3x3 convolutions of 8 to 32 channels."""
    return nn.Sequential(
        *(conv(1, 8, 2), nn.ReLU()),  # 64x64
        *(conv(8, 16, 2), nn.ReLU()),  # 32x32
        *(conv(16, 16), nn.ReLU()),
        *(conv(16, 32, 2), nn.ReLU()),  # 16x16
        *(conv(32, 32), nn.ReLU()),
        *(conv(32, 16), nn.ReLU()),
        nn.Conv2d(16, MAPS, 1),
    )


def plain() -> nn.Module:
    """51 MMACs: 16 to 64 channels, residual blocks, two deconvolutions."""
    return nn.Sequential(
        *(conv(1, 16, 2), nn.ReLU()),  # 64x64
        *(conv(16, 32, 2), nn.ReLU()),  # 32x32
        *(conv(32, 64, 2), nn.ReLU()),  # 16x16
        residual(64),
        *(conv(64, 64, 2), nn.ReLU()),  # 8x8
        residual(64),
        *(deconv(64, 64), nn.ReLU()),  # 16x16
        *(deconv(64, 32), nn.ReLU()),  # 32x32
        nn.Conv2d(32, MAPS, 1),
    )


def pointwise(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


def depthwise(channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), nn.BatchNorm2d(channels)
    )


class Inverted(nn.Module):
    """The inverted residual of Sandler et al. 2018: expand, depthwise, project; identity where shapes allow."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, expansion: int = 6) -> None:
        super().__init__()
        width = inputs * expansion
        expand = (pointwise(inputs, width), nn.ReLU6()) if expansion > 1 else ()
        self.body = nn.Sequential(*expand, depthwise(width, stride), nn.ReLU6(), pointwise(width, outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return y + x if self.adds else y


class Mobile(nn.Module):
    """59 MMACs: MobileNetV2's first stages at 64x64 to 8x8, and a decoder of inverted residuals back to 32x32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(1, 16, 2), nn.ReLU6(), Inverted(16, 16, expansion=1))  # 64x64
        self.at32 = nn.Sequential(Inverted(16, 24, 2), Inverted(24, 24))
        self.at16 = nn.Sequential(Inverted(24, 32, 2), Inverted(32, 32), Inverted(32, 32))
        self.at8 = nn.Sequential(Inverted(32, 64, 2), Inverted(64, 64), Inverted(64, 64), Inverted(64, 64))
        self.narrow8, self.up16 = pointwise(64, 32), Inverted(32, 32)
        self.narrow16, self.up32 = pointwise(32, 24), Inverted(24, 24)
        self.head = nn.Conv2d(24, MAPS, 1)

    def forward(self, x: Tensor) -> Tensor:
        x32 = self.at32(self.stem(x))
        x16 = self.at16(x32)
        up16 = self.up16(x16 + twice(self.narrow8(self.at8(x16))))
        up32 = self.up32(x32 + twice(self.narrow16(up16)))
        y: Tensor = self.head(up32)
        return y


def twice(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")


class OnlyMaps(nn.Module):
    """A network of `thenar.nets` without what it returns beside its maps."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, depth: Tensor) -> Tensor:
        maps: Tensor = self.network(depth).maps
        return maps


def awr(name: str) -> nn.Module:
    return OnlyMaps(build_net(AwrSpec(name)))


def student() -> nn.Module:
    """The network that ships, with its decoding: maps never leave it, uvd (1, 21, 3) and confidence (1, 21) do."""
    network = load(ROOT / "weights/balanced/model")
    spec = network.spec
    return Decoded(network, spec.joints, spec.map_size, spec.kernel, spec.scale)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "small-9M": small,
    "plain-51M": plain,
    "mobile-59M": Mobile,
    "awr-resnet18": lambda: awr("resnet18"),
    "student": student,
}
TRAINED = ("student",)


def outputs(name: str) -> list[str]:
    return ["uvd", "confidence"] if name in TRAINED else ["maps"]


def int8_scope(name: str) -> str:
    """A regular expression over module paths: what is int8 in the quantized network; a decoding stays float."""
    return ".*_network/.*" if name in TRAINED else ".*"


def build(name: str, images: Tensor) -> nn.Module:
    """The network called `name` in evaluation mode; images: (N, 1, 128, 128), for the statistics of batch norm."""
    torch.manual_seed(SEED)
    network = NETWORKS[name]()
    return network.eval() if name in TRAINED else with_statistics(network, images)


def with_statistics(network: nn.Module, images: Tensor) -> nn.Module:
    """`network` in evaluation mode, its batch norms with the means and variances that they meet on `images`."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the plain mean over batches
    network.train()
    with torch.no_grad():
        network(images)
    return network.eval()
