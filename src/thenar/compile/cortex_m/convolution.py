"""Quantized convolutions on microcontrollers as kernel calls."""

from __future__ import annotations

import zlib
from functools import partial

import numpy as np
import numpy.typing as npt

from thenar.compile.cortex_m import pack
from thenar.compile.cortex_m.served import MAX_SIZE, room
from thenar.compile.emit import field
from thenar.compile.graph import Array
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.layer import Layer, limits, parts, whole
from thenar.compile.nhwc.pack import DEQUANTIZING, factors
from thenar.compile.ops.conv import conv_macs
from thenar.compile.ops.fixed_point import scalar, sum_multipliers
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Field

PAIRS, ROWS = "pairs", "rows"
"""The inner loops: kernels/cortex_m/pairs.h for the DSP extension, rows.h for Helium."""

_POINTER = 8
"""Bytes of the widest pointer; the tests run these kernels on 64-bit machines too."""

_SUM = 4
"""Bytes of a sum."""

_OVERREAD = 8
"""Bytes after the sums that vectors of four may read."""

_MAX_SHIFT = 30
"""A sum of less than 24 bits is 0 from here on."""


def geometry(site: Site, layer: Layer) -> dict[str, Field]:
    """The fields of thenar_cortex_conv, but for what happens to the sums."""
    x, y, w = Image.at(site.node, "x_image"), Image.at(site.node, "y_image"), layer.weights
    groups, kernel, columns = site.integer("group", 1), w.shape[2:], layer.columns
    height, width, rows = x.height, x.width, layer.rows
    ends = layer.pad == (0, 0) and layer.stride == (1, 1) and layer.step == (1, 1) and not site.has(9)
    fits = (rows, columns) == (height, width) and rows * columns <= MAX_SIZE
    if kernel == (1, 1) and ends and groups == 1 and fits:
        height, width, rows, columns = 1, height * width, 1, rows * columns  # one long row: few ends
    y_width = columns if rows != layer.rows else y.width
    fields: dict[str, Field] = {"height": height, "width": width, "channels": x.channels, "kernel": kernel}
    fields |= {"stride": layer.stride, "dilation": layer.dilation, "pad": layer.pad, "groups": groups}
    fields |= {"group_channels": x.channels // groups, "x_zero": scalar(site, 2) + x.offset}
    fields |= {"rows": rows, "columns": columns, "y_first": layer.first, "y_step": layer.step}
    return {**fields, "y_width": y_width, "y_channels": w.shape[0]}


def _call(site: Site, loop: str, kernel: str, layer: Layer, fields: dict[str, Field], added: str | None = None) -> Call:
    """A call of a function named after the layer's shape and, to be unique, a hash."""
    w, x, y = layer.weights, site.input(), site.output()
    own = (
        site.value(6 if site.node.op in DEQUANTIZING else 8)
        if site.has(6 if site.node.op in DEQUANTIZING else 8)
        else None
    )
    zero, factor = scalar(site, 2) + Image.at(site.node, "x_image").offset, factors(site.node, site.graph)
    if kernel == "dequantize":
        constants = pack.float_channels(w, own, zero, factor)
    else:
        grown = room(_all_weights(site), factor)
        w = (w.astype(np.int64) << grown[:, None, None, None]).astype(np.int8)
        own = None if own is None else own.astype(np.int64) << grown
        constants = pack.channels(site, w, own, zero, np.ldexp(factor, -grown).astype(np.float32))
    packed, stretch = pack.taps(w) if kernel == "depthwise" else pack.rows(w)
    if kernel != "depthwise":
        packed = pack.even(packed, site.integer("group", 1))
        packed = pack.pairs(packed) if loop == PAIRS else packed
    scratch = _scratch(kernel, stretch, layer, Image.at(site.node, "x_image"), site.integer("group", 1))
    fields = {**fields, "stretch": stretch}
    function = kernel if kernel == "depthwise" else f"{kernel}_{loop}"
    numbers = ", ".join(f".{key} = {field(value)}" for key, value in fields.items())
    shape, stride = "x".join(map(str, w.shape[2:])), "x".join(map(str, layer.stride))
    name = f"{kernel}_{shape}_{fields['channels']}to{w.shape[0]}_{zlib.crc32(numbers.encode()):08x}"
    reads: tuple[str | Array | None, ...] = (x.name, packed, constants, added)
    writes = (y.name, site.temporary((scratch,), np.dtype(np.uint8)))
    title = f"{shape} convolution, stride {stride}, {fields['channels']} to {w.shape[0]} channels"
    header = "cortex_m/depthwise" if kernel == "depthwise" else "cortex_m/conv"
    instance = f"THENAR_CORTEX({name}, {function}, {'float' if kernel == 'dequantize' else 'int8_t'}, {numbers})"
    macs = conv_macs(w.shape, (1, w.shape[0], layer.rows, layer.columns))
    return Call(name, header, "", {}, reads, writes, instance, macs, comment=f"{title}, {layer.rows}x{layer.columns}")


def _all_weights(site: Site) -> npt.NDArray[np.int8]:
    """The node's weights, output channels first."""
    w = site.value(3)
    return w.swapaxes(0, 1) if site.node.op == "nhwc.QLinearConvTranspose" else w


def _scratch(kernel: str, stretch: int, layer: Layer, x: Image, groups: int) -> int:
    """The bytes of scratch memory that the kernel needs: sums, and patches unless every window is inside the image."""
    outputs, _, height, width = layer.weights.shape
    if kernel == "depthwise":
        return int(height * width * _POINTER + stretch * (_SUM + 1))
    last = ((layer.rows - 1) * layer.stride[0], (layer.columns - 1) * layer.stride[1])
    inside = last[0] + (height - 1) * layer.dilation[0] < x.height and last[1] + width <= x.width
    joined = groups == 1 and (layer.dilation[1] == 1 or width == 1) and layer.pad == (0, 0)
    sums = 2 * (outputs // groups + 1) * _SUM + _OVERREAD
    return int(sums if joined and inside else sums + 2 * height * stretch)


def _kind(site: Site) -> str:
    """Does every channel stand for itself?"""
    outputs, inputs = site.input(3).shape[:2]
    return "depthwise" if site.integer("group", 1) == outputs > 1 == inputs else "qconv"


def _qconv(site: Site, loop: str) -> Lowered:
    layer = whole(site)
    fields = geometry(site, layer) | limits(site, 7, Image.at(site.node, "y_image").offset)
    return [_call(site, loop, _kind(site), layer, fields)]


def _qconv_transpose(site: Site, loop: str) -> Lowered:
    shared = limits(site, 7, Image.at(site.node, "y_image").offset)
    return [_call(site, loop, "qconv", layer, geometry(site, layer) | shared) for layer in parts(site)]


def _qconv_add(site: Site, loop: str) -> Lowered:
    layer, r = whole(site), Image.at(site.node, "r_image")
    a, b, shift = sum_fields(site, (6, 10, 12))
    fields = geometry(site, layer) | limits(site, 7, 0)
    fields |= limits(site, 13, Image.at(site.node, "y_image").offset, "sum_")
    fields |= {"add": 1, "r_shift": site.integer("shift"), "r_zero": scalar(site, 11) + r.offset}
    return [_call(site, loop, _kind(site), layer, {**fields, "a": a, "b": b, "sum_shift": shift}, site.input(9).name)]


def _dequantize(site: Site, loop: str) -> Lowered:
    layer = whole(site)
    return [_call(site, loop, "dequantize", layer, geometry(site, layer))]


def sum_fields(site: Site, index: tuple[int, int, int]) -> tuple[int, int, int]:
    """(a, b, shift) of a sum, from the indices of the scales of its two operands and of its result."""
    x, r, y = (np.float32(scalar(site, each)) for each in index)
    a, b, shift = sum_multipliers(site, float(x / y), float(r / y))
    site.check(shift > 0, "its scales aren't sensible")
    return a, b, min(shift, _MAX_SHIFT)


def convolutions(loop: str) -> dict[str, Lower]:
    """The lowerings of convolutions with the inner loop `PAIRS` or `ROWS`."""
    return {
        "nhwc.QLinearConv": partial(_qconv, loop=loop),
        "nhwc.QConvAdd": partial(_qconv_add, loop=loop),
        "nhwc.QLinearConvTranspose": partial(_qconv_transpose, loop=loop),
        "nhwc.ConvDequantize": partial(_dequantize, loop=loop),
    }
