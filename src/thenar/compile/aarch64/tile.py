"""How much of a convolution's output is computed at once: a cost model for cores with two vector pipes."""

from __future__ import annotations

from thenar.compile.nhwc.tile import Tile

_REGISTERS = 32
_LANES = 4
_QUADS = 4
"""Registers of a block of 16 channels."""

_LATENCY = 4.0
"""Cycles from one product to the next that adds to the same sum."""

_PRODUCTS = 2.0
_LOADS = 2.0
"""Products and loads that a cycle can take."""

_FINISH = 4.0
"""Cycles to requantize and store four channels of one pixel."""

_ENTER = 12.0
"""Cycles to start a tile."""

_DEPTHWISE = 4
"""Pixels of a depthwise tile: their sums for 8 channels fit into registers at every level of instructions."""

_DEPTHWISE_FLOAT = 8
"""Pixels whose sums for 4 channels fit beside the weights of a 3x3 kernel."""


def choose(height: int, width: int, channels: int, steps: int) -> Tile:
    """The tile with the least predicted time for an output of this size, `steps` products deep."""
    quads = min(-(-channels // _LANES), _QUADS)
    tiles = [
        Tile(rows, columns, 1)
        for rows in range(1, min(height, 4) + 1)
        for columns in range(1, min(width, 16) + 1)
        if _fits(rows * columns, quads) and (rows == 1 or columns == width)
    ]
    return min(tiles, key=lambda tile: (_cost(tile, height, width, channels, steps), tile.rows, tile.columns))


def _fits(pixels: int, quads: int) -> bool:
    """Sums, the bytes of every pixel, and weights for one quad at a time, twice so that they may be loaded ahead."""
    return pixels * (quads + 1) + 2 <= _REGISTERS


def _cost(tile: Tile, height: int, width: int, channels: int, steps: int) -> float:
    """Predicted cycles."""
    pixels, cycles = tile.rows * tile.columns, 0.0
    left = -(-channels // _LANES)
    while left > 0:
        quads = min(left, _QUADS)
        step = max(pixels * quads / _PRODUCTS, (pixels / 4 + quads) / _LOADS, _LATENCY)
        cycles += _ENTER + steps * step + pixels * quads * _FINISH
        left -= quads
    return -(-height // tile.rows) * -(-width // tile.columns) * cycles


def choose_depthwise(height: int, width: int, kernel: int, stride: int, dilation: int) -> Tile:
    """The tile of a depthwise convolution: two rows where four image rows serve both."""
    rows = 2 if height > 1 and stride == dilation == 1 and kernel <= 3 else 1
    return Tile(rows, min(width, _DEPTHWISE // rows), 1)


def choose_depthwise_float(height: int, width: int, kernel: tuple[int, int], stride: int, dilation: int) -> Tile:
    """The tile of a float32 depthwise convolution: two rows where their windows overlap."""
    rows = 2 if height > 1 and stride == dilation == 1 and kernel[0] > 1 else 1
    return Tile(rows, min(width, _DEPTHWISE_FLOAT // rows), 1)
