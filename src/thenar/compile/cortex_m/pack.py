"""Weights, biases and factors in the order in which the kernels read them (kernels/cortex_m/)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thenar.compile.graph import Array
from thenar.compile.nhwc.pack import started
from thenar.compile.ops.fixed_point import fixed_point
from thenar.compile.ops.site import Site

WORD = 4
"""Bytes to which the weights of a kernel row are filled up."""

CHANNELS = 8
"""Channels that a depthwise kernel computes at a time."""

_BITS = 7
"""Bits by which a multiplier of 24 bits is raised; they hold its shift."""

_WORD_BITS = 32

_VECTOR = 4
"""Channels that are finished at a time."""


def rows(weights: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.int8], int]:
    """OIHW weights as (channel, kernel row, stretch), and the length of a stretch: columns and input channels of a row,
    filled up with zeros."""
    out, channels, height, width = weights.shape
    stretch = -(-width * channels // WORD) * WORD
    packed = np.zeros((out, height, stretch), np.int8)
    packed[:, :, : width * channels] = weights.transpose(0, 2, 3, 1).reshape(out, height, width * channels)
    return packed, stretch


def even(packed: npt.NDArray[np.int8], groups: int) -> npt.NDArray[np.int8]:
    """`rows` where every group has an even number of channels, the last one of zeros if need be."""
    out, height, stretch = packed.shape
    count = out // groups
    filled = np.zeros((groups, -(-count // 2) * 2, height, stretch), np.int8)
    filled[:, :count] = packed.reshape(groups, count, height, stretch)
    return filled.reshape(-1, height, stretch)


def pairs(packed: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """`even` as (pair of channels, kernel row, word, channel of the pair, 4)."""
    _, height, stretch = packed.shape
    words = packed.reshape(-1, 2, height, stretch // WORD, WORD).transpose(0, 2, 3, 1, 4)
    return np.ascontiguousarray(words)


def taps(weights: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.int8], int]:
    """O1HW weights of a depthwise convolution as (kernel row, kernel column, channel), and the number of channels with
    those that fill up."""
    out, _, height, width = weights.shape
    packed = np.zeros((height, width, -(-out // CHANNELS) * CHANNELS), np.int8)
    packed[:, :, :out] = weights[:, 0].transpose(1, 2, 0)
    return packed, packed.shape[-1]


def channels(
    site: Site, weights: npt.NDArray[np.int8], bias: Array | None, zero: int, factor: npt.NDArray[np.float32]
) -> npt.NDArray[np.int32]:
    """(channel, 2): what sums start from, and the factor as kernels/cortex_m/rescale.h takes it apart; the channels
    filled up to a multiple of a vector's."""
    multiplier, shift = fixed_point(site, factor)
    shift = shift + _BITS - _WORD_BITS
    never = shift > _WORD_BITS - 1  # every result is 0
    words = np.where(never, 1, (multiplier.astype(np.int64) << _BITS) + shift)
    return _filled(np.stack([started(bias, weights, zero).astype(np.int32), words.astype(np.int32)], axis=1))


def float_channels(
    weights: npt.NDArray[np.int8], bias: Array | None, zero: int, factor: npt.NDArray[np.float32]
) -> npt.NDArray[np.int32]:
    """(channel, 2): what sums start from, and the bits of the float32 that turns them into the result."""
    return np.stack([started(bias, weights, zero).astype(np.int32), factor.view(np.int32)], axis=1)


def _filled(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return np.pad(values, ((0, -len(values) % _VECTOR), (0, 0)), constant_values=1)
