"""Weights in the order in which the kernels read them, and the constants that go with them (kernels/nhwc/qconv.h)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thenar.compile.graph import Array, Graph, Node

LANES = 16
GROUP = 4
"""Bytes that one step multiplies and sums for each channel."""

DEQUANTIZING = ("thenar.ConvDequantize", "nhwc.ConvDequantize", "nhwc.QConvSum")
"""Convolutions whose sums become float32: their inputs are x, x_scale, x_zero, w, w_scale, w_zero, bias, ..."""

TRANSPOSED = ("thenar.QLinearConvTranspose", "nhwc.QLinearConvTranspose")

_EXACT = 2.0**24
"""Sums below it are float32 without rounding."""

_SATURATED = 1024
"""A result this far from the zero point is at a limit whatever its last digits are."""

_ROUNDED = 2.0**22
"""Rounding by adding 1.5 * 2^23 works below it; beyond, up to twice that, results stay on the right side."""


@dataclass(frozen=True, eq=False)
class Packed:
    """weights: (blocks, kernel rows, runs, steps, channels, 4) int8; bias int32 and factor float32, a value for each
    channel of all blocks."""

    weights: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int32]
    factor: npt.NDArray[np.float32]
    runs: int
    steps: int


def pack(
    weights: npt.NDArray[np.int8],
    bias: npt.NDArray[np.int64],
    factor: npt.NDArray[np.float32],
    vectors: int,
    *,
    dilated: bool,
) -> Packed:
    """OIHW weights in blocks of vectors * 16 output channels; missing channels and bytes are zeros."""
    out, channels, rows, columns = weights.shape
    lines = weights.transpose(0, 2, 3, 1)  # (O, H, W, I)
    lines = lines if dilated else lines.reshape(out, rows, 1, columns * channels)
    runs, length = lines.shape[2:]
    steps, width = -(-length // GROUP), vectors * LANES
    blocks = -(-out // width)
    padded = np.zeros((blocks * width, rows, runs, steps * GROUP), np.int8)
    padded[:out, :, :, :length] = lines
    grouped = padded.reshape(blocks, width, rows, runs, steps, GROUP).transpose(0, 2, 3, 4, 1, 5)
    full_bias, full_factor = np.zeros(blocks * width, np.int32), np.ones(blocks * width, np.float32)
    full_bias[:out] = bias.astype(np.int32)  # modulo 2^32, as sums are
    full_factor[:out] = factor
    return Packed(np.ascontiguousarray(grouped), full_bias, full_factor, runs, steps)


def pack_float(weights: Array, vectors: int, *, dilated: bool) -> tuple[Array, int, int]:
    """OIHW float32 weights as (blocks, kernel rows, runs, steps, channels), the number of runs, and that of steps."""
    out, channels, rows, columns = weights.shape
    lines = weights.transpose(0, 2, 3, 1)
    lines = lines if dilated else lines.reshape(out, rows, 1, columns * channels)
    width = vectors * LANES
    padded = np.zeros((-(-out // width) * width, *lines.shape[1:]), np.float32)
    padded[:out] = lines
    grouped = padded.reshape(-1, width, *lines.shape[1:]).transpose(0, 2, 3, 4, 1)
    return np.ascontiguousarray(grouped), lines.shape[2], lines.shape[3]


def pack_depthwise(
    weights: npt.NDArray[np.int8], bias: npt.NDArray[np.int64], factor: npt.NDArray[np.float32], rows: int, stride: int
) -> Packed:
    """O1HW weights for tiles of `rows` results: (blocks, rows, groups of image rows, columns, channels, 4)."""
    out, _, height, width = weights.shape
    groups, blocks = -(-((rows - 1) * stride + height) // GROUP), -(-out // LANES)
    padded = np.zeros((blocks * LANES, rows, groups * GROUP, width), np.int8)
    for row in range(rows):
        padded[:out, row, row * stride : row * stride + height] = weights[:, 0]
    grouped = padded.reshape(blocks, LANES, rows, groups, GROUP, width).transpose(0, 2, 3, 5, 1, 4)
    full_bias, full_factor = np.zeros(blocks * LANES, np.int32), np.ones(blocks * LANES, np.float32)
    full_bias[:out] = bias.astype(np.int32)
    full_factor[:out] = factor
    return Packed(np.ascontiguousarray(grouped), full_bias, full_factor, width, groups)


def started(bias: Array | None, weights: npt.NDArray[np.int8], zero: int) -> npt.NDArray[np.int64]:
    """What sums start from: the bias, and what the input's zero point (as stored) takes away under OIHW weights."""
    sums: npt.NDArray[np.int64] = weights.astype(np.int64).sum(axis=(1, 2, 3))
    return (0 if bias is None else bias.astype(np.int64)) - zero * sums


def factors(node: Node, graph: Graph) -> npt.NDArray[np.float32]:
    """input scale * weight scale (/ output scale) for each channel, rounded as the reference rounds it."""
    x, w = graph.tensors[node.inputs[1]].data, graph.tensors[node.inputs[4]].data
    assert x is not None
    assert w is not None
    channels = graph.tensors[node.inputs[3]].shape[1 if node.op in TRANSPOSED else 0]
    scales = np.float32(x.reshape(())) * np.broadcast_to(w.reshape(-1), (channels,)).astype(np.float32)
    if node.op in DEQUANTIZING:
        return np.asarray(scales, np.float32)
    y = graph.tensors[node.inputs[6]].data
    assert y is not None
    return np.asarray(scales / np.float32(y.reshape(())), np.float32)


def largest_sums(node: Node, graph: Graph) -> npt.NDArray[np.int64]:
    """How far from 0 the sum of each channel can get, whatever the image."""
    w, zero = graph.tensors[node.inputs[3]].data, graph.tensors[node.inputs[2]].data
    assert w is not None
    assert zero is not None
    w = w.swapaxes(0, 1) if node.op in TRANSPOSED else w
    low, high = (-128, 127) if zero.dtype.name == "int8" else (0, 255)
    reach = max(high - int(zero.reshape(())), int(zero.reshape(())) - low)
    at = 6 if node.op in DEQUANTIZING else 8
    bias = graph.constant(node.inputs[at] if len(node.inputs) > at else "")
    sums: npt.NDArray[np.int64] = reach * np.abs(w.astype(np.int64)).sum(axis=(1, 2, 3))
    return sums if bias is None else sums + np.abs(bias.astype(np.int64))


def exact(node: Node, graph: Graph) -> bool:
    """Do float32 operations give the fixed-point result bit for bit, whatever the image?

    They do where no sum reaches 2^24, or where a sum that large saturates the result anyway.
    """
    if node.op in DEQUANTIZING:
        return True
    largest, factor = largest_sums(node, graph), factors(node, graph).astype(np.float64)
    usual = np.isfinite(factor) & (factor > 2.0**-38) & (largest < 2**31) & (largest * factor < 2 * _ROUNDED)
    return bool(np.all(usual & ((largest < _EXACT) | (factor * _EXACT > _SATURATED))))
