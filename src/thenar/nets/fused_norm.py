"""Batch norm, addition and ReLU of bfloat16 activations on CPU, forward and backward, each in two readings of memory.

PyTorch's own operators read and write every activation once an operator; on a small network that, not arithmetic, is
where training's time goes. The formulas are those of Ioffe and Szegedy 2015; sums are kept in float32, in an order
that depends on the shapes alone, so that results are the same for any number of threads.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numba import njit, prange
from numpy.typing import NDArray
from torch import Tensor, nn

CHUNKS = 16
"""Pieces that a tensor is cut into for threads to share."""

LANES = 256
"""Elements handled side by side: whole rows of channels, so that short rows fill vector registers too."""

Bits = NDArray[np.uint16]
Floats = NDArray[np.float32]


def fused_norm_act(x: Tensor, norm: nn.BatchNorm2d, add: Tensor | None, relu: bool) -> Tensor:
    """`norm_act` for a bfloat16 x (B, C, H, W) in training mode; running statistics move on as PyTorch's do."""
    out: Tensor = _FusedNorm.apply(x, norm.weight, norm.bias, add, norm, relu)  # type: ignore[no-untyped-call]
    return out


class _FusedNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, add: Tensor | None, norm: nn.BatchNorm2d, relu: bool
    ) -> Tensor:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        assert norm.num_batches_tracked is not None
        assert norm.momentum is not None
        x = x.contiguous(memory_format=torch.channels_last)
        channels = x.shape[1]
        rows = x.numel() // channels
        tile = math.gcd(rows, 1 << (max(1, LANES // channels).bit_length() - 1))
        lanes = tile * channels
        shift = norm.running_mean.numpy()
        sums = np.zeros((CHUNKS, 2, lanes), np.float32)
        _sums(_bits(x, lanes), np.tile(shift, tile), sums)
        first, second = sums.sum(0).reshape(2, tile, channels).sum(1, dtype=np.float64) / rows
        mean, var = shift + first, np.maximum(second - first * first, 0.0)
        inverse = 1 / np.sqrt(var + norm.eps)
        scale = weight.numpy() * inverse
        offset = bias.numpy() - mean * scale

        norm.num_batches_tracked.add_(1)
        norm.running_mean.lerp_(_tensor(mean), norm.momentum)
        norm.running_var.lerp_(_tensor(var * (rows / max(1, rows - 1))), norm.momentum)

        y = torch.empty_like(x)
        if add is not None:
            add = add.contiguous(memory_format=torch.channels_last)
        _apply(
            _bits(x, lanes),
            _tiled(scale, tile),
            _tiled(offset, tile),
            _bits(x if add is None else add, lanes),
            add is not None,
            relu,
            _bits(y, lanes),
        )
        ctx.save_for_backward(x, y)
        ctx.moments = mean, inverse, scale
        ctx.adds, ctx.relu, ctx.tile = add is not None, relu, tile
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, y = ctx.saved_tensors
        mean, inverse, scale = ctx.moments
        channels, tile = x.shape[1], ctx.tile
        lanes = tile * channels
        rows = x.numel() // channels
        dy = dy.contiguous(memory_format=torch.channels_last)
        sums = np.zeros((CHUNKS, 2, lanes), np.float32)
        _backward_sums(_bits(dy, lanes), _bits(x, lanes), _bits(y, lanes), ctx.relu, _tiled(mean, tile), sums)
        total, moment = sums.sum(0).reshape(2, tile, channels).sum(1, dtype=np.float64)
        moment *= inverse  # d weight
        # dx = scale * (g - total / rows - (x - mean) * inverse * moment / rows) = scale * g + slope * x + offset
        slope = -scale * inverse * moment / rows
        offset = -scale * total / rows - slope * mean
        dx = torch.empty_like(x)
        dadd = torch.empty_like(x) if ctx.adds and ctx.relu else None
        _backward_apply(
            _bits(dy, lanes), _bits(x, lanes), _bits(y, lanes), ctx.relu,
            _tiled(scale, tile), _tiled(slope, tile), _tiled(offset, tile),
            _bits(dx, lanes), _bits(dx if dadd is None else dadd, lanes), dadd is not None,
        )  # fmt: skip
        if ctx.adds and dadd is None:
            dadd = dy
        return dx, _tensor(moment), _tensor(total), dadd, None, None


def _bits(x: Tensor, lanes: int) -> Bits:
    """The memory of a channels_last bfloat16 tensor as rows of `lanes` uint16."""
    bits: Bits = x.detach().permute(0, 2, 3, 1).view(torch.int16).numpy().reshape(-1, lanes).view(np.uint16)
    return bits


def _tensor(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _tiled(values: NDArray[Any], tile: int) -> Floats:
    return np.tile(values.astype(np.float32), tile)


@njit(inline="always")
def _wide(bits):  # type: ignore[no-untyped-def]
    """bfloat16's bits -> float32."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@njit(inline="always")
def _narrow(value):  # type: ignore[no-untyped-def]
    """float32 -> bfloat16's bits, rounded to the nearest, ties to even."""
    bits = np.float32(value).view(np.uint32)
    return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))


@njit(inline="always")
def _piece(rows, chunk):  # type: ignore[no-untyped-def]
    """First and last row of a chunk."""
    return rows * chunk // CHUNKS, rows * (chunk + 1) // CHUNKS


@njit(cache=True, parallel=True)
def _sums(x: Bits, shift: Floats, sums: Floats) -> None:
    """Sum and sum of squares of x - shift, per lane."""
    rows, lanes = x.shape
    for chunk in prange(CHUNKS):
        begin, end = _piece(rows, chunk)
        first, second = sums[chunk, 0], sums[chunk, 1]
        for r in range(begin, end):
            row = x[r]
            for i in range(lanes):
                value = _wide(row[i]) - shift[i]
                first[i] += value
                second[i] += value * value


@njit(cache=True, parallel=True)
def _apply(x: Bits, scale: Floats, offset: Floats, add: Bits, adds: bool, relu: bool, y: Bits) -> None:
    rows, lanes = x.shape
    floor = np.float32(0) if relu else np.float32(-np.inf)
    for chunk in prange(CHUNKS):
        begin, end = _piece(rows, chunk)
        for r in range(begin, end):
            row, more, out = x[r], add[r], y[r]
            if adds:
                for i in range(lanes):
                    out[i] = _narrow(max(_wide(row[i]) * scale[i] + offset[i] + _wide(more[i]), floor))
            else:
                for i in range(lanes):
                    out[i] = _narrow(max(_wide(row[i]) * scale[i] + offset[i], floor))


@njit(cache=True, parallel=True)
def _backward_sums(dy: Bits, x: Bits, y: Bits, relu: bool, mean: Floats, sums: Floats) -> None:
    """Sum of g and of g * (x - mean), per lane, where g is dy behind the ReLU."""
    rows, lanes = x.shape
    for chunk in prange(CHUNKS):
        begin, end = _piece(rows, chunk)
        first, second = sums[chunk, 0], sums[chunk, 1]
        for r in range(begin, end):
            given, row, out = dy[r], x[r], y[r]
            if relu:
                for i in range(lanes):
                    g = _wide(given[i] if out[i] != np.uint16(0) else np.uint16(0))
                    first[i] += g
                    second[i] += g * (_wide(row[i]) - mean[i])
            else:
                for i in range(lanes):
                    g = _wide(given[i])
                    first[i] += g
                    second[i] += g * (_wide(row[i]) - mean[i])


@njit(cache=True, parallel=True)
def _backward_apply(
    dy: Bits,
    x: Bits,
    y: Bits,
    relu: bool,
    scale: Floats,
    slope: Floats,
    offset: Floats,
    dx: Bits,
    dadd: Bits,
    adds: bool,
) -> None:
    rows, lanes = x.shape
    for chunk in prange(CHUNKS):
        begin, end = _piece(rows, chunk)
        for r in range(begin, end):
            given, row, out, left, right = dy[r], x[r], y[r], dx[r], dadd[r]
            if relu and adds:
                for i in range(lanes):
                    bits = given[i] if out[i] != np.uint16(0) else np.uint16(0)
                    right[i] = bits
                    left[i] = _narrow(scale[i] * _wide(bits) + slope[i] * _wide(row[i]) + offset[i])
            elif relu:
                for i in range(lanes):
                    bits = given[i] if out[i] != np.uint16(0) else np.uint16(0)
                    left[i] = _narrow(scale[i] * _wide(bits) + slope[i] * _wide(row[i]) + offset[i])
            else:
                for i in range(lanes):
                    left[i] = _narrow(scale[i] * _wide(given[i]) + slope[i] * _wide(row[i]) + offset[i])
