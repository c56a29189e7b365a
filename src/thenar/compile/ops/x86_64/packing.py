"""Weights, biases and factors in the order in which the VNNI kernels read them, and the tiles that they compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thenar.compile.graph import Array
from thenar.compile.ops.fixed_point import MULTIPLIER_BITS

LANES = 16
"""32-bit lanes of a register: output channels that it holds."""

_MAX_SUMS = 24
_FEW_SUMS = 8
"""A tile keeps at most 24 registers of sums; with fewer than 8 the latency of the multiply-add shows."""

_EXACT_SUM = 2**24
_EXACT_RESULT = 2**22


@dataclass(frozen=True)
class Tile:
    """`pixels` neighbouring outputs in `blocks` blocks of 16 channels, computed at once."""

    pixels: int
    blocks: int


def choose_tile(columns: int, channels: int) -> Tile:
    """The tile that wastes least on a row of `columns` outputs of `channels` channels."""
    blocks = -(-channels // LANES)
    wide = min((4, 3, 2, 5, 6, 1), key=lambda count: -(-blocks // count) * count)

    def cost(pixels: int) -> tuple[int, int]:
        whole, left = divmod(columns, pixels)
        return whole * max(pixels * wide, _FEW_SUMS) + left * max(wide, _FEW_SUMS), -pixels

    return Tile(min(range(1, _MAX_SUMS // wide + 1), key=cost), wide)


@dataclass(frozen=True, eq=False)
class Packed:
    """A layer's constants, padded to whole tiles; `wide` says that its sums may leave the exact range of float32."""

    weights: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int32]
    multiplier: npt.NDArray[np.int32]
    shift: npt.NDArray[np.int32]
    factor: npt.NDArray[np.float32]
    wide: bool


def pack(
    w: Array, bias: Array | None, x_zero: int, fixed: tuple[Array, Array], runs: tuple[int, int], blocks: int
) -> Packed:
    """(out channels, in channels, rows, columns) int8 weights for unsigned inputs with the zero point `x_zero`.

    `runs` are the kernel rows and columns that are apart in memory: (rows, 1) where a kernel row is one run. Weights
    come out as [block][run][4 bytes' group][16 channels][4].
    """
    channels = w.shape[0]
    padded = -(-channels // (LANES * blocks)) * LANES * blocks
    rows = w.transpose(0, 2, 3, 1).reshape(channels, runs[0] * runs[1], -1)
    groups = -(-rows.shape[2] // 4)
    full = np.zeros((padded, rows.shape[1], 4 * groups), np.int8)
    full[:channels, :, : rows.shape[2]] = rows
    packed = full.reshape(padded // LANES, LANES, -1, groups, 4).transpose(0, 2, 3, 1, 4)
    start, multiplier, shift = (np.zeros(padded, np.int64) for _ in range(3))
    multiplier[:channels], shift[:channels] = fixed
    given = np.zeros(channels, np.int64) if bias is None else bias.astype(np.int64)
    start[:channels] = given - x_zero * rows.astype(np.int64).sum(axis=(1, 2))
    reach = np.abs(rows.astype(np.int64)).sum(axis=(1, 2)) * max(x_zero, 255 - x_zero) + np.abs(given)
    factor = np.ldexp(multiplier.astype(np.float32), -shift.astype(np.int32)).astype(np.float32)
    wide = _leaves_exact_range(reach, factor[:channels]) or bool(np.any(np.abs(start) >= 2**31))
    return Packed(
        np.ascontiguousarray(packed),
        start.astype(np.int32),
        multiplier.astype(np.int32),
        shift.astype(np.int32),
        factor,
        wide,
    )


def pack_depthwise(w: Array, bias: Array | None, x: tuple[int, int], fixed: tuple[Array, Array]) -> Packed:
    """(channels, 1, rows, columns) weights as [tap][channel]; `x` is the input's zero point and largest distance."""
    channels = w.shape[0]
    padded = -(-channels // LANES) * LANES
    taps = np.zeros((w[0].size, padded), np.int8)
    taps[:, :channels] = w.reshape(channels, -1).T
    start, multiplier, shift = (np.zeros(padded, np.int32) for _ in range(3))
    multiplier[:channels], shift[:channels] = fixed
    start[:channels] = 0 if bias is None else bias
    factor = np.ldexp(multiplier.astype(np.float32), -shift).astype(np.float32)
    reach = np.abs(taps.astype(np.int64)).sum(axis=0) * x[1] + np.abs(start.astype(np.int64))
    return Packed(taps, start, multiplier, shift, factor, _leaves_exact_range(reach, factor))


def _leaves_exact_range(reach: npt.NDArray[Any], factor: Array) -> bool:
    return bool(np.any(reach >= _EXACT_SUM) or np.any(reach * factor.astype(np.float64) >= _EXACT_RESULT))


assert MULTIPLIER_BITS == 24, "the factor must be exact in float32"
