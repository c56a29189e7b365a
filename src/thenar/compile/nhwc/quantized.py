"""Quantized convolutions on images as kernel calls."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thenar.compile.graph import Array
from thenar.compile.nhwc.division import inverse
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.kernels import Kernels, LowerWith
from thenar.compile.nhwc.layer import Layer, geometry, layer_call, limits, parts, whole
from thenar.compile.nhwc.pack import DEQUANTIZING, factors, pack, pack_depthwise, started
from thenar.compile.nhwc.served import depthwise
from thenar.compile.ops.fixed_point import scalar, sum_multipliers
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.program import Call, Field

_Fields = tuple[dict[str, Field], tuple[Array, Array, Array]]


def _fields(kernels: Kernels, site: Site, layer: Layer) -> _Fields:
    """The fields that every convolution has, and its weights, bias and factors."""
    w, x = layer.weights, Image.at(site.node, "x_image")
    dilated = layer.dilation[1] > 1 and w.shape[3] > 1
    length = x.channels * (1 if dilated else w.shape[3])
    depth = w.shape[2] * (w.shape[3] if dilated else 1) * -(-length // 4)
    tile = kernels.tile(layer.rows, layer.columns, w.shape[0], depth)
    zero, bias = scalar(site, 2) + x.offset, 6 if site.node.op in DEQUANTIZING else 8
    start = started(site.value(bias) if site.has(bias) else None, w, zero)
    packed = pack(w, start, factors(site.node, site.graph), tile.vectors, dilated=dilated)
    fields = {**geometry(site, layer), "runs": packed.runs, "steps": packed.steps}
    fields |= {"tile_rows": tile.rows, "tile_columns": tile.columns, "vectors": tile.vectors}
    fields |= {"border": site.integer("zero"), "x_zero": zero}
    return fields, (packed.weights, _biases(kernels, packed.bias, w), packed.factor)


def _depthwise_fields(kernels: Kernels, site: Site, layer: Layer) -> _Fields:
    """As `_fields`, for a convolution of each channel by itself."""
    w, x = layer.weights, Image.at(site.node, "x_image")
    tile = kernels.depthwise_tile(layer.rows, layer.columns, w.shape[2], layer.stride[0], layer.dilation[0])
    zero = scalar(site, 2) + x.offset
    start = started(site.value(8) if site.has(8) else None, w, zero)
    packed = pack_depthwise(w, start, factors(site.node, site.graph), tile.rows, layer.stride[0])
    fields = {**geometry(site, layer), "runs": packed.runs, "steps": packed.steps}
    fields |= {"tile_rows": tile.rows, "tile_columns": tile.columns}
    fields |= {"vectors": 1, "border": site.integer("zero")}
    return fields, (packed.weights, _biases(kernels, packed.bias, w), packed.factor)


def _biases(kernels: Kernels, bias: npt.NDArray[np.int32], w: npt.NDArray[np.int8]) -> Array:
    """The bias for bytes as they are stored, and where a target wants it the one for bytes less 128."""
    if not kernels.signed:
        return bias
    signed = bias.copy()
    signed[: w.shape[0]] += 128 * w.astype(np.int32).sum(axis=(1, 2, 3))
    return np.concatenate([bias, signed])


def _qconv(kernels: Kernels, site: Site) -> Lowered:
    layer = whole(site)
    kind = "qdepthwise" if depthwise(site.node, site.graph) else "qconv"
    fields, constants = (_depthwise_fields if kind == "qdepthwise" else _fields)(kernels, site, layer)
    fields |= limits(site, 7, Image.at(site.node, "y_image").offset)
    return [layer_call(kernels, site, kind, layer, fields, (site.input(0).name, *constants, None))]


def _qconv_transpose(kernels: Kernels, site: Site) -> Lowered:
    calls: list[Call] = []
    for layer in parts(site):
        fields, constants = _fields(kernels, site, layer)
        fields |= limits(site, 7, Image.at(site.node, "y_image").offset) | ({"border": -1} if calls else {})
        calls.append(layer_call(kernels, site, "qconv", layer, fields, (site.input(0).name, *constants, None)))
    return calls


def _qconv_add(kernels: Kernels, site: Site) -> Lowered:
    layer, r = whole(site), Image.at(site.node, "r_image")
    kind = "qdepthwise" if depthwise(site.node, site.graph) else "qconv"
    fields, constants = (_depthwise_fields if kind == "qdepthwise" else _fields)(kernels, site, layer)
    conv, other, y = (np.float32(scalar(site, index)) for index in (6, 10, 12))
    a, b, shift = sum_multipliers(site, float(conv / y), float(other / y))
    fields |= limits(site, 7, 0) | limits(site, 13, Image.at(site.node, "y_image").offset, "sum_")
    fields |= {"r": r.field(), "add": 1, "r_shift": site.integer("shift"), "r_zero": scalar(site, 11) + r.offset}
    fields |= {"a": a, "b": b, "shift": shift}
    return [layer_call(kernels, site, kind, layer, fields, (site.input(0).name, *constants, site.input(9).name))]


def _qconv_sum(kernels: Kernels, site: Site) -> Lowered:
    layer, r = whole(site), Image.at(site.node, "r_image")
    fields, constants = _fields(kernels, site, layer)
    scale = float(np.float32(scalar(site, 10)))
    found = inverse(scale, -256, 256)
    assert found is not None, "the pass fuses only sums whose scale has an inverse"
    fields |= limits(site, 11, Image.at(site.node, "y_image").offset, "sum_")
    fields |= {"r": r.field(), "add": 2, "r_shift": site.integer("shift"), "r_zero": scalar(site, 9) + r.offset}
    fields |= {"r_scale": float(np.float32(scalar(site, 8))), "y_scale": scale}
    fields |= {"inverse_high": found[0], "inverse_low": found[1]}
    return [layer_call(kernels, site, "qconv", layer, fields, (site.input(0).name, *constants, site.input(7).name))]


def _dequantize(kernels: Kernels, site: Site) -> Lowered:
    layer = whole(site)
    fields, constants = _fields(kernels, site, layer)
    return [layer_call(kernels, site, "dequantize", layer, fields, (site.input(0).name, *constants))]


QUANTIZED: dict[str, LowerWith] = {
    "nhwc.QLinearConv": _qconv,
    "nhwc.QConvAdd": _qconv_add,
    "nhwc.QConvSum": _qconv_sum,
    "nhwc.QLinearConvTranspose": _qconv_transpose,
    "nhwc.ConvDequantize": _dequantize,
}
