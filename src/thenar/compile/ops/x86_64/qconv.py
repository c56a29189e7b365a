"""Convolutions of bytes, channels last, on AVX-512 VNNI."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.graph import Array, Tensor
from thenar.compile.ops.fixed_point import fixed_point, output_range, scalar
from thenar.compile.ops.qlinear import factors, per_channel
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.ops.window import Window, window
from thenar.compile.ops.x86_64.packing import Packed, choose_tile, pack, pack_depthwise
from thenar.compile.program import Call, Field

_OVERREAD = 4
"""Bytes that a kernel may read beyond the last element of its padded input."""

Image = tuple[int, int, int]
"""Rows, columns, channels."""


@dataclass(frozen=True)
class Padding:
    """Rows and columns of padding around an image."""

    top: int
    left: int
    bottom: int
    right: int


def _unsigned(site: Site) -> tuple[Tensor, int]:
    """The input, and its zero point once signed bytes are made unsigned by adding 128."""
    x = site.input()
    return x, int(scalar(site, 2)) + (128 if x.dtype.name == "int8" else 0)


def _padded(site: Site, x: Tensor, zero: int, pad: Padding, run: int) -> tuple[list[Call], str, Image]:
    """`x` as unsigned bytes with padding around it: itself, or the copy that the returned call makes."""
    _, rows, columns, channels = x.shape
    image = (rows + pad.top + pad.bottom, columns + pad.left + pad.right, channels)
    if image[:2] == (rows, columns) and x.dtype.name == "uint8" and run % 4 == 0:
        return [], x.name, image
    name = site.temporary((math.prod(image) + _OVERREAD,), np.dtype(np.uint8))
    fields: dict[str, Field] = {"rows": rows, "columns": columns, "channels": channels}
    fields |= {"top": pad.top, "left": pad.left, "padded_rows": image[0], "padded_columns": image[1]}
    fields |= {"value": zero, "flip": 128 if x.dtype.name == "int8" else 0}
    return (
        [Call("pad_bytes_channels_last", "x86_64/channels_last", "pad_bytes", fields, (x.name,), (name,))],
        name,
        image,
    )


@dataclass(frozen=True)
class Layer:
    """A dense convolution of a padded image: its window, and where its outputs go."""

    image: Image
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    out: tuple[int, int]
    y_start: int
    y_row: int
    y_column: int
    y_channel: int = 1
    x_start: int = 0


def _dense(site: Site, source: str, layer: Layer, w: Array, zero: int, fixed: tuple[Array, Array], bias: int) -> Call:
    """The call for one layer (or one phase of a transposed one); `bias` is the index of that input."""
    y = site.output()
    floats = y.dtype.kind == "f"
    channels, line = w.shape[0], layer.image[1] * layer.image[2]
    rows, columns = layer.out
    x_row, x_column = layer.stride[0] * line, layer.stride[1] * layer.image[2]
    one_run = layer.dilation[1] == 1
    runs = (layer.kernel[0], 1 if one_run else layer.kernel[1])
    if x_row == columns * x_column and layer.y_row == columns * layer.y_column:  # rows follow each other
        rows, columns = 1, rows * columns
    tile = choose_tile(columns, channels)
    packed = pack(w, site.value(bias) if site.has(bias) else None, zero, fixed, runs, tile.blocks)
    fields: dict[str, Field] = {"rows": rows, "columns": columns, "channels": channels}
    fields |= {
        "x_start": layer.x_start,
        "x_row": x_row,
        "x_column": x_column,
        "kernel_rows": runs[0],
        "kernel_columns": runs[1],
    }
    fields |= {"x_kernel_row": layer.dilation[0] * line, "x_kernel_column": layer.dilation[1] * layer.image[2]}
    fields |= {"groups": packed.weights.shape[2], "y_start": layer.y_start, "y_row": layer.y_row}
    fields |= {"y_column": layer.y_column, "y_channel": layer.y_channel}
    if not floats:
        fields |= {"y_zero": scalar(site, 7), **output_range(site), "wide": int(packed.wide)}
    store, kind = ("floats", "float") if floats else ("bytes", "uint8_t")
    name = f"{tile.pixels}x{tile.blocks}"
    tiles = dict.fromkeys((f"THENAR_QCONV_TILE(1, {tile.blocks})", f"THENAR_QCONV_TILE({tile.pixels}, {tile.blocks})"))
    instance = "\n".join([*tiles, f"THENAR_QCONV_VNNI({tile.pixels}, {tile.blocks}, {store}, {kind})"])
    macs = math.prod(layer.out) * w.size
    reads = (source, packed.weights, packed.bias, packed.multiplier, packed.shift, packed.factor)
    return Call(f"qconv_{name}_{store}", "x86_64/qconv_vnni", "qconv_vnni", fields, reads, (y.name,), instance, macs)


def _view(site: Site, x: Tensor, w: Array) -> Window:
    return window(site, x.shape[1:3], w.shape[2:])


def qconv(site: Site) -> Lowered:
    """QLinearConv of one group, or depthwise."""
    w = site.value(3)
    fixed = fixed_point(site, factors(site, w.shape[0]))
    if site.integer("group", 1) > 1:
        return _depthwise(site, w, fixed)
    (x, zero), (_, rows, columns, channels) = _unsigned(site), site.output().shape
    view = _view(site, x, w)
    calls, source, image = _padded(site, x, zero, _around(view), w.shape[3] * w.shape[1])
    y = (columns * channels, channels)
    layer = Layer(image, _pair(view.kernel), _pair(view.stride), _pair(view.dilation), (rows, columns), 0, *y)
    return [*calls, _dense(site, source, layer, w, zero, fixed, bias=8)]


def conv_dequantize(site: Site) -> Lowered:
    """thenar.ConvDequantize: the same sums, scaled to float32 and written with the channels first."""
    w = site.value(3)
    (x, zero), (_, channels, rows, columns) = _unsigned(site), site.output().shape
    view = _view(site, x, w)
    calls, source, image = _padded(site, x, zero, _around(view), w.shape[3] * w.shape[1])
    factor = np.float32(scalar(site, 1)) * per_channel(site, 4, channels).astype(np.float32)
    out = (rows, columns)
    layer = Layer(
        image, _pair(view.kernel), _pair(view.stride), _pair(view.dilation), out, 0, columns, 1, rows * columns
    )
    return [*calls, _dense(site, source, layer, w, zero, fixed_point(site, factor), bias=6)]


@dataclass(frozen=True)
class Phase:
    """Along one axis, the `count` outputs start, start + stride, ...: they sum every stride-th tap from `first` on.

    `before` and `after` are the padding that they need.
    """

    start: int
    first: int
    count: int
    before: int
    after: int


def _phases(view: Window, axis: int, size: int) -> list[Phase]:
    """Output start + stride t sums taps first + stride j of inputs t + shift - j."""
    stride, kernel, pad, given = view.stride[axis], view.kernel[axis], view.pad[axis], view.size[axis]
    phases = []
    for start in range(min(stride, size)):
        first = (start + pad) % stride
        taps, count = -(-(kernel - first) // stride), -(-(size - start) // stride)
        before = taps - 1 - (start + pad - first) // stride
        phases.append(Phase(start, first, count, before, count - 1 + taps - before - given))
    return phases


def qconv_transpose(site: Site) -> Lowered:
    """A transposed convolution of stride s as s x s plain ones, each of which writes every s-th row and column."""
    (x, zero), w = _unsigned(site), site.value(3)
    _, rows, columns, channels = site.output().shape
    view, flipped = _view(site, x, w), w.transpose(1, 0, 2, 3)
    vertical, horizontal = _phases(view, 0, rows), _phases(view, 1, columns)
    pad = Padding(
        max(0, *(phase.before for phase in vertical)),
        max(0, *(phase.before for phase in horizontal)),
        max(0, *(phase.after for phase in vertical)),
        max(0, *(phase.after for phase in horizontal)),
    )
    calls, source, image = _padded(site, x, zero, pad, run=w.shape[0])
    fixed = fixed_point(site, factors(site, channels))
    (down, right), line = _pair(view.stride), image[1] * image[2]
    for v in vertical:
        for h in horizontal:
            part = flipped[:, :, v.first :: down, h.first :: right][:, :, ::-1, ::-1]
            layer = Layer(
                image,
                kernel=_pair(part.shape[2:]),
                stride=(1, 1),
                dilation=(1, 1),
                out=(v.count, h.count),
                y_start=(v.start * columns + h.start) * channels,
                y_row=down * columns * channels,
                y_column=right * channels,
                x_start=(pad.top - v.before) * line + (pad.left - h.before) * image[2],
            )
            calls.append(_dense(site, source, layer, part, zero, fixed, bias=8))
    return calls


def _depthwise(site: Site, w: Array, fixed: tuple[Array, Array]) -> Lowered:
    x, y = site.input(), site.output()
    view, zero = _view(site, x, w), int(scalar(site, 2))
    signed = x.dtype.name == "int8"
    reach = max(127 - zero, zero + 128) if signed else max(255 - zero, zero)
    packed: Packed = pack_depthwise(w, site.value(8) if site.has(8) else None, (zero, reach), fixed)
    fields: dict[str, Field] = {"in": _pair(x.shape[1:3]), "out": _pair(y.shape[1:3]), "channels": x.shape[3]}
    fields |= {"kernel": view.kernel, "stride": view.stride, "dilation": view.dilation, "pad": view.pad}
    fields |= {"x_zero": zero, "y_zero": scalar(site, 7), **output_range(site), "wide": int(packed.wide)}
    kinds = f"{c_type(x.dtype)}, {c_type(y.dtype)}"
    widen = "_mm512_cvtepi8_epi32" if signed else "_mm512_cvtepu8_epi32"
    name = f"qdepthwise_{c_type(x.dtype)}_{c_type(y.dtype)}"
    reads = (x.name, packed.weights, packed.bias, packed.multiplier, packed.shift, packed.factor)
    instance, macs = f"THENAR_QDEPTHWISE({kinds}, {widen})", y.size * w[0].size
    return [Call(name, "x86_64/channels_last", "window_bytes", fields, reads, (y.name,), instance, macs)]


def _pair(values: Sequence[int]) -> tuple[int, int]:
    first, second = values
    return first, second


def _around(view: Window) -> Padding:
    return Padding(view.pad[0], view.pad[1], view.pad_end[0], view.pad_end[1])
