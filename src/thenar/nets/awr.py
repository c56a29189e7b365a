"""AWR's ResNets with deconvolutions, as published (Huang et al., AAAI 2020, arXiv 2007.09590)."""

from __future__ import annotations

from torch import Tensor, nn

from thenar.nets.maps import Maps
from thenar.nets.spec import AwrSpec

DECONV_CHANNELS = 256


class BasicBlock(nn.Module):
    """ResNet's block of two 3x3 convolutions (He et al. 2016)."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            *_conv_norm(inputs, width, 3, stride), nn.ReLU(inplace=True), *_conv_norm(width, width, 3)
        )
        self.identity = _identity(inputs, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return nn.functional.relu(self.residual(x) + self.identity(x))


class Bottleneck(nn.Module):
    """ResNet's block of 1x1, 3x3 and 1x1 convolutions, four times as wide outside (He et al. 2016)."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = width * self.expansion
        self.residual = nn.Sequential(
            *_conv_norm(inputs, width, 1),
            nn.ReLU(inplace=True),
            *_conv_norm(width, width, 3, stride),
            nn.ReLU(inplace=True),
            *_conv_norm(width, outputs, 1),
        )
        self.identity = _identity(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return nn.functional.relu(self.residual(x) + self.identity(x))


RESNETS: dict[str, tuple[type[BasicBlock] | type[Bottleneck], tuple[int, ...]]] = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
}


class ResNetAwr(nn.Module):
    """(B, 1, 128, 128) depth in [-1, 1] -> `Maps` of (B, 4J, 64, 64), no presence."""

    def __init__(self, spec: AwrSpec) -> None:
        super().__init__()
        self.spec = spec
        block, depths = RESNETS[spec.network]
        stem = [*_conv_norm(1, 64, 5), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]  # 64 x 64x64
        stages: list[nn.Module] = []
        inputs = 64
        for stage, depth in enumerate(depths):  # 64x64, 32x32, 16x16, 8x8
            width = 64 << stage
            for number in range(depth):
                stages.append(block(inputs, width, 2 if stage and not number else 1))
                inputs = width * block.expansion
        deconvs: list[nn.Module] = []
        for _ in range(3):  # 16x16, 32x32, 64x64
            deconvs += [
                nn.ConvTranspose2d(inputs, DECONV_CHANNELS, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(DECONV_CHANNELS),
                nn.ReLU(inplace=True),
            ]
            inputs = DECONV_CHANNELS
        self.encoder = nn.Sequential(*stem, *stages)
        self.decoder = nn.Sequential(*deconvs)
        self.head = nn.Conv2d(DECONV_CHANNELS, 4 * spec.joints, 1)
        self._init_weights()

    def forward(self, depth: Tensor) -> Maps:
        """As the class says."""
        return Maps(self.head(self.decoder(self.encoder(depth))), None)

    def _init_weights(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        for module in [*self.decoder, self.head]:  # as published: small, so that the maps start near zero
            if isinstance(module, (nn.ConvTranspose2d, nn.Conv2d)):
                nn.init.normal_(module.weight, std=0.001)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)


def _conv_norm(inputs: int, outputs: int, size: int, stride: int = 1) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)


def _identity(inputs: int, outputs: int, stride: int) -> nn.Module:
    """The block's other branch: nothing, or a strided 1x1 projection where shapes differ."""
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    return nn.Sequential(*_conv_norm(inputs, outputs, 1, stride))
