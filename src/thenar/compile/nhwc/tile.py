"""How much of a convolution's output is computed at once, in registers: a cost model and its minimum."""

from __future__ import annotations

from dataclasses import dataclass

from thenar.compile.nhwc.costs import FAMILIES, Costs

MAX_VECTORS = 4
_VECTOR_BYTES = 64


@dataclass(frozen=True)
class Tile:
    """rows x columns pixels by vectors * 16 channels."""

    rows: int
    columns: int
    vectors: int


GENERIC = FAMILIES["x86-64"]


def choose(
    height: int,
    width: int,
    channels: int,
    steps: int,
    *,
    most: int = MAX_VECTORS,
    costs: Costs = GENERIC,
    floats: bool = False,
) -> Tile:
    """The tile of at most `most` vectors with the least predicted time for an output of this size, `steps` products
    deep."""
    return ranked(height, width, channels, steps, most=most, costs=costs, floats=floats)[0]


def ranked(
    height: int, width: int, channels: int, steps: int, *, most: int, costs: Costs, floats: bool
) -> tuple[Tile, ...]:
    """All tiles, the one with the least predicted time first."""
    tiles = [
        Tile(rows, columns, vectors)
        for vectors in range(1, min(most, -(-channels // 16)) + 1)
        for rows in range(1, min(height, 4) + 1)
        for columns in range(1, min(width, 16) + 1)
        if rows * columns * vectors <= min(costs.sums, 31 - vectors) and (rows == 1 or columns == width)
    ]

    def key(tile: Tile) -> tuple[float, int, int]:
        return cost(tile, height, width, channels, steps, costs=costs, floats=floats), tile.rows, -tile.vectors

    return tuple(sorted(tiles, key=key))


def cost(
    tile: Tile, height: int, width: int, channels: int, steps: int, *, costs: Costs = GENERIC, floats: bool = False
) -> float:
    """Predicted cycles."""
    pixels = tile.rows * tile.columns
    sums = pixels * tile.vectors
    count = -(-height // tile.rows) * -(-width // tile.columns) * -(-channels // (16 * tile.vectors))
    step = max(sums / costs.products, (pixels + tile.vectors) / costs.loads, costs.latency)
    step += tile.vectors * (costs.weights if steps * tile.vectors * _VECTOR_BYTES <= costs.near else costs.stream)
    return count * (costs.enter + steps * step + sums * (costs.store if floats else costs.finish))


def choose_depthwise(height: int, width: int, kernel: int, stride: int, dilation: int) -> Tile:
    """The tile of a depthwise convolution: two rows where four image rows serve both, and as many columns as fit."""
    rows = 2 if height > 1 and stride == dilation == 1 and kernel <= 3 else 1
    count = -(-width * rows // 16)
    return Tile(rows, min(-(-width // count), 16 // rows), 1)


_UNROLLED = 400
"""Products of a depthwise tile up to which each is an instruction (THENAR_DEPTHWISE_UNROLLED)."""


def choose_depthwise_float(height: int, width: int, kernel: tuple[int, int], stride: int, dilation: int) -> Tile:
    """The tile of a float32 depthwise convolution: as many pixels as sums fit beside the weights, in two rows where
    their windows overlap."""
    taps = kernel[0] * kernel[1]
    pixels = max(min(16, _UNROLLED // taps), 4)
    rows = 2 if height > 1 and stride == dilation == 1 and kernel[0] > 1 and pixels >= 8 else 1
    count = -(-width * rows // pixels)
    return Tile(rows, min(-(-width // count), pixels // rows), 1)
