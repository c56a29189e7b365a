"""How much of a convolution's output is computed at once, in registers: a cost model and its minimum."""

from __future__ import annotations

from dataclasses import dataclass

MAX_VECTORS = 4
_REGISTERS = 28
"""Sums that fit into 32 registers beside weights and a broadcast."""

_LATENCY = 5.0
"""Cycles from one product to the next that adds to the same sum."""

_PRODUCTS = 2.0
_LOADS = 2.0
"""Products and loads that a cycle can take."""

_FINISH = 5.0
"""Cycles to requantize and store one vector."""

_ENTER = 12.0
"""Cycles to start a tile."""


@dataclass(frozen=True)
class Tile:
    """rows x columns pixels by vectors * 16 channels."""

    rows: int
    columns: int
    vectors: int


def choose(height: int, width: int, channels: int, steps: int, most: int = MAX_VECTORS) -> Tile:
    """The tile of at most `most` vectors with the least predicted time for an output of this size, `steps` products
    deep."""
    tiles = [
        Tile(rows, columns, vectors)
        for vectors in range(1, most + 1)
        for rows in range(1, min(height, 4) + 1)
        for columns in range(1, min(width, 16) + 1)
        if rows * columns * vectors <= min(_REGISTERS, 31 - vectors) and (rows == 1 or columns == width)
    ]
    return min(tiles, key=lambda tile: (cost(tile, height, width, channels, steps), tile.rows, -tile.vectors))


def cost(tile: Tile, height: int, width: int, channels: int, steps: int) -> float:
    """Predicted cycles."""
    pixels = tile.rows * tile.columns
    sums = pixels * tile.vectors
    count = -(-height // tile.rows) * -(-width // tile.columns) * -(-channels // (16 * tile.vectors))
    step = max(sums / _PRODUCTS, (pixels + tile.vectors) / _LOADS, _LATENCY)
    return count * (_ENTER + steps * step + sums * _FINISH)


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
