"""Small networks built like those of products, exported by PyTorch with dynamic sizes: what a compiler is handed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import onnx
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv(c_in: int, c_out: int, k: int = 3, *, stride: int = 1, groups: int = 1, act: type[nn.Module] = nn.SiLU) -> Any:
    weights = nn.Conv2d(c_in, c_out, k, stride, k // 2, groups=groups, bias=False)
    return nn.Sequential(weights, nn.BatchNorm2d(c_out), act())


class Gate(nn.Module):
    """Squeeze and excite."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * F.hardsigmoid(self.up(F.relu(self.down(F.adaptive_avg_pool2d(x, 1)))))


class Inverted(nn.Module):
    """MobileNet's block: widen, depthwise, gate, narrow; added to its input where the shapes allow."""

    def __init__(self, c_in: int, c_out: int, k: int, stride: int, act: type[nn.Module], gate: bool) -> None:
        super().__init__()
        wide = 4 * c_in
        self.body = nn.Sequential(
            conv(c_in, wide, 1, act=act),
            conv(wide, wide, k, stride=stride, groups=wide, act=act),
            Gate(wide) if gate else nn.Identity(),
            conv(wide, c_out, 1, act=nn.Identity),
        )
        self.adds = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.adds else self.body(x)


class MobileNet(nn.Module):
    """MobileNetV2's blocks (ReLU6), then V3's (hard swish, gates), then a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            conv(3, 8, stride=2, act=nn.ReLU6),
            Inverted(8, 8, 3, 1, nn.ReLU6, gate=False),
            Inverted(8, 12, 5, 2, nn.Hardswish, gate=True),
            Inverted(12, 12, 5, 1, nn.Hardswish, gate=True),
        )
        self.head = nn.Sequential(nn.Linear(12, 16), nn.Hardswish(), nn.Dropout(), nn.Linear(16, 10))

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.head(torch.flatten(F.adaptive_avg_pool2d(self.features(image), 1), 1)), dim=1)


class Stage(nn.Module):
    """Cross-stage partial: half of the channels pass by the bottleneck."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.first, self.last = conv(c_in, c_out, 1), conv(c_out + c_out // 2, c_out, 1)
        self.bottleneck = nn.Sequential(conv(c_out // 2, c_out // 2, 1), conv(c_out // 2, c_out // 2))

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.first(x).chunk(2, 1)
        return self.last(torch.cat([left, right, right + self.bottleneck(right)], 1))


class Yolo(nn.Module):
    """Focus, partial stages, spatial pyramid pooling, a top-down path, and boxes decoded on grids of any size."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.focus, self.p3 = conv(12, 8), nn.Sequential(conv(8, 12, stride=2), Stage(12, 12))
        self.p4, self.after_pools = nn.Sequential(conv(12, 16, stride=2), Stage(16, 16)), conv(64, 16, 1)
        self.lateral, self.merge = conv(16, 12, 1), Stage(24, 12)
        self.heads = nn.ModuleList(nn.Conv2d(c, 5 + classes, 1) for c in (12, 16))

    def forward(self, image: Tensor) -> Tensor:
        parts = [image[..., y::2, x::2] for x in (0, 1) for y in (0, 1)]
        p3 = self.p3(self.focus(torch.cat(parts, 1)))
        p4 = self.p4(p3)
        p4 = self.after_pools(torch.cat([p4, *(F.max_pool2d(p4, k, 1, k // 2) for k in (5, 9, 13))], 1))
        p3 = self.merge(torch.cat([F.interpolate(self.lateral(p4), scale_factor=2.0, mode="nearest"), p3], 1))
        found = [self.decoded(head(x), s) for head, x, s in zip(self.heads, (p3, p4), (4, 8), strict=True)]
        return torch.cat(found, 1)

    def decoded(self, maps: Tensor, stride: int) -> Tensor:
        """(n, cells, x y w h objectness classes...)"""
        n, channels, rows, columns = maps.shape
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        grid = torch.stack([x, y], -1).view(1, -1, 2).to(maps.dtype)
        cells = maps.view(n, channels, rows * columns).permute(0, 2, 1)
        centers = (cells[..., :2].sigmoid() * 2 - 0.5 + grid) * stride
        sizes = cells[..., 2:4].clamp(max=4).exp() * stride
        return torch.cat([centers, sizes, cells[..., 4:].sigmoid()], -1)


class UNet(nn.Module):
    """Three scales; up once by a transposed convolution, once by bilinear interpolation; odd sizes are padded."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([conv(1, 8, act=nn.ReLU), conv(8, 12, act=nn.ReLU), conv(12, 16, act=nn.ReLU)])
        self.transposed, self.mid = nn.ConvTranspose2d(16, 12, 2, 2), conv(24, 12, act=nn.LeakyReLU)
        self.last, self.head = conv(20, 8, act=nn.PReLU), nn.Conv2d(8, 2, 1)

    def forward(self, image: Tensor) -> Tensor:
        large = self.down[0](image)
        middle = self.down[1](F.max_pool2d(large, 2, ceil_mode=True))
        up = self.transposed(self.down[2](F.max_pool2d(middle, 2)))
        up = F.pad(up, [0, middle.shape[3] - up.shape[3], 0, middle.shape[2] - up.shape[2]])
        up = self.mid(torch.cat([middle, up], 1))
        up = F.interpolate(up, size=large.shape[2:], mode="bilinear", align_corners=True)
        maps = self.head(self.last(torch.cat([large, up], 1)))
        return F.interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False).argmax(1)


class TextDetector(nn.Module):
    """Like PP-OCR's: MobileNetV3 blocks, a pyramid of gated layers, and a head that doubles the map twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv(3, 8, stride=2, act=nn.Hardswish)
        self.stages = nn.ModuleList([Inverted(8, 8, 3, 2, nn.ReLU, False), Inverted(8, 12, 5, 2, nn.Hardswish, True)])
        self.inner = nn.ModuleList(nn.Sequential(nn.Conv2d(c, 16, 1), Gate(16)) for c in (8, 12))
        self.outer = nn.ModuleList(nn.Conv2d(16, 8, 3, padding=1) for _ in range(2))
        self.head = nn.Sequential(
            conv(16, 8, act=nn.ReLU), nn.ConvTranspose2d(8, 8, 2, 2), nn.BatchNorm2d(8), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 2, 2), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, image: Tensor) -> Tensor:
        fine = self.stages[0](self.stem(image))
        coarse = self.inner[1](self.stages[1](fine))
        fine = self.inner[0](fine) + F.interpolate(coarse, scale_factor=2.0, mode="nearest")
        coarse = F.interpolate(self.outer[1](coarse), scale_factor=2.0, mode="nearest")
        return self.head(torch.cat([self.outer[0](fine), coarse], 1))


class Mixer(nn.Module):
    """A transformer's layer."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.body = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        n, length, width = x.shape
        qkv = self.qkv(self.before(x)).reshape(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        scores = F.softmax(q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5, -1)
        x = x + self.out((scores @ v).transpose(1, 2).reshape(n, length, width))
        return x + self.body(self.after(x))


class TextRecognizer(nn.Module):
    """Like SVTR: convolutions, attention along the line, probabilities of a character for each step."""

    def __init__(self, characters: int = 20) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(3, 8, stride=2), conv(8, 16, stride=2, act=nn.GELU))
        self.mixers, self.norm = nn.Sequential(Mixer(16, 2), Mixer(16, 4)), nn.LayerNorm(16)
        self.head = nn.Linear(16, characters)

    def forward(self, image: Tensor) -> Tensor:
        maps = F.avg_pool2d(self.stem(image), (4, 2))
        n, channels, rows, columns = maps.shape
        x = self.norm(self.mixers(maps.flatten(2).transpose(1, 2)))
        x = x.transpose(1, 2).reshape(n, channels, rows, columns).mean(2).permute(0, 2, 1)
        return F.softmax(self.head(x), 2)


def exported(module: type[nn.Module], shape: Sequence[int], opset: int) -> onnx.ModelProto:
    """As PyTorch exports it, batch, height and width dynamic; weights and statistics are random."""
    torch.manual_seed(0)
    network = module().eval()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
            nn.init.uniform_(layer.running_mean, -0.5, 0.5)
    file, axes = io.BytesIO(), {"image": {0: "batch", 2: "height", 3: "width"}}
    torch.onnx.export(
        network, (torch.zeros(tuple(shape)),), file, input_names=["image"], dynamic_axes=axes,
        opset_version=opset, dynamo=False,
    )  # fmt: skip
    return onnx.load_from_string(file.getvalue())
