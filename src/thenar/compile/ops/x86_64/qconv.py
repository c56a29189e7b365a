"""Convolutions of bytes, channels last, on AVX-512 VNNI."""

from __future__ import annotations

import math

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.graph import Array, Tensor
from thenar.compile.ops.fixed_point import fixed_point, output_range, scalar
from thenar.compile.ops.qlinear import factors, per_channel
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.ops.window import Window, window
from thenar.compile.ops.x86_64.layer import Image, Layer, Padding, around, geometry, pair, plain, transposed
from thenar.compile.ops.x86_64.packing import Packed, pack, pack_depthwise
from thenar.compile.program import Call, Field

_OVERREAD = 4
"""Bytes that a kernel may read beyond the last element of its padded input."""


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


def _dense(site: Site, source: str, layer: Layer, w: Array, zero: int, fixed: tuple[Array, Array], bias: int) -> Call:
    """The call for one layer (or one phase of a transposed one); `bias` is the index of that input."""
    y = site.output()
    floats = y.dtype.kind == "f"
    tile, fields = geometry(layer, w.shape[0])
    packed = pack(w, site.value(bias) if site.has(bias) else None, zero, fixed, layer.runs, tile.blocks)
    fields |= {"groups": packed.weights.shape[2]}
    if not floats:
        fields |= {"y_zero": scalar(site, 7), **output_range(site), "wide": int(packed.wide)}
    store, kind = ("floats", "float") if floats else ("bytes", "uint8_t")
    tiles = dict.fromkeys(f"THENAR_QCONV_TILE({pixels}, {tile.blocks})" for pixels in (1, tile.pixels))
    instance = "\n".join([*tiles, f"THENAR_QCONV_VNNI({tile.pixels}, {tile.blocks}, {store}, {kind})"])
    name, macs = f"qconv_{tile.pixels}x{tile.blocks}_{store}", math.prod(layer.out) * w.size
    reads = (source, packed.weights, packed.bias, packed.multiplier, packed.shift, packed.factor)
    return Call(name, "x86_64/qconv_vnni", "qconv_vnni", fields, reads, (y.name,), instance, macs)


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
    calls, source, image = _padded(site, x, zero, around(view), w.shape[3] * w.shape[1])
    layer = plain(view, image, (rows, columns), (columns * channels, channels, 1))
    return [*calls, _dense(site, source, layer, w, zero, fixed, bias=8)]


def conv_dequantize(site: Site) -> Lowered:
    """thenar.ConvDequantize: the same sums, scaled to float32 and written with the channels first."""
    w = site.value(3)
    (x, zero), (_, channels, rows, columns) = _unsigned(site), site.output().shape
    view = _view(site, x, w)
    calls, source, image = _padded(site, x, zero, around(view), w.shape[3] * w.shape[1])
    factor = np.float32(scalar(site, 1)) * per_channel(site, 4, channels).astype(np.float32)
    layer = plain(view, image, (rows, columns), (columns, 1, rows * columns))
    return [*calls, _dense(site, source, layer, w, zero, fixed_point(site, factor), bias=6)]


def qconv_transpose(site: Site) -> Lowered:
    """thenar.QLinearConvTranspose, phase by phase."""
    (x, zero), w = _unsigned(site), site.value(3)
    _, rows, columns, channels = site.output().shape
    phases = transposed(_view(site, x, w), (rows, columns))
    calls, source, image = _padded(site, x, zero, phases.padding, run=w.shape[0])
    fixed = fixed_point(site, factors(site, channels))
    return [
        *calls,
        *(_dense(site, source, layer, part, zero, fixed, bias=8) for layer, part in phases.layers(image, w)),
    ]


def _depthwise(site: Site, w: Array, fixed: tuple[Array, Array]) -> Lowered:
    x, y = site.input(), site.output()
    view, zero = _view(site, x, w), int(scalar(site, 2))
    signed = x.dtype.name == "int8"
    reach = max(127 - zero, zero + 128) if signed else max(255 - zero, zero)
    packed: Packed = pack_depthwise(w, site.value(8) if site.has(8) else None, (zero, reach), fixed)
    fields: dict[str, Field] = {"in": pair(x.shape[1:3]), "out": pair(y.shape[1:3]), "channels": x.shape[3]}
    fields |= {"kernel": view.kernel, "stride": view.stride, "dilation": view.dilation, "pad": view.pad}
    fields |= {"x_zero": zero, "y_zero": scalar(site, 7), **output_range(site), "wide": int(packed.wide)}
    kinds = f"{c_type(x.dtype)}, {c_type(y.dtype)}"
    widen = "_mm512_cvtepi8_epi32" if signed else "_mm512_cvtepu8_epi32"
    name = f"qdepthwise_{c_type(x.dtype)}_{c_type(y.dtype)}"
    reads = (x.name, packed.weights, packed.bias, packed.multiplier, packed.shift, packed.factor)
    instance, macs = f"THENAR_QDEPTHWISE({kinds}, {widen})", y.size * w[0].size
    return [Call(name, "x86_64/channels_last", "window_bytes", fields, reads, (y.name,), instance, macs)]
