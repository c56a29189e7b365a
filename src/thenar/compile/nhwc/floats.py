"""Float32 convolutions on images as kernel calls."""

from __future__ import annotations

import math

import numpy as np

from thenar.compile.graph import Array
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.kernels import Kernels, LowerWith
from thenar.compile.nhwc.layer import Layer, geometry, layer_call, parts, whole
from thenar.compile.nhwc.pack import LANES, pack_float
from thenar.compile.nhwc.served import float_depthwise
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.program import Call, Field

Constants = tuple[Array, Array]
"""Packed weights and bias."""


def _limits(site: Site) -> dict[str, Field]:
    return {"low": site.number("low", -math.inf), "high": site.number("high", math.inf)}


def _fields(kernels: Kernels, site: Site, layer: Layer) -> tuple[dict[str, Field], Constants]:
    """The fields of a layer, its weights and its bias; groups lie one after the other."""
    w, groups = layer.weights, site.integer("group", 1)
    out, depth = w.shape[0] // groups, w.shape[1]
    apart = groups > 1 or (layer.dilation[1] > 1 and w.shape[3] > 1)
    tile = kernels.float_tile(layer.rows, layer.columns, out, w.shape[2] * w.shape[3] * depth)
    packed = [pack_float(part, tile.vectors, dilated=apart) for part in np.split(w, groups)]
    given = site.value(2) if site.has(2) else np.zeros(w.shape[0], np.float32)
    bias = np.zeros((groups, -(-out // (tile.vectors * LANES)) * tile.vectors * LANES), np.float32)
    bias[:, :out] = given.reshape(groups, out)
    _, runs, steps = packed[0]
    fields = {**geometry(site, layer), "out_channels": out, "groups": groups, "runs": runs, "steps": steps}
    fields |= {"tile_rows": tile.rows, "tile_columns": tile.columns, "vectors": tile.vectors, **_limits(site)}
    return fields, (np.concatenate([weights for weights, _, _ in packed]), bias.reshape(-1))


def _depthwise_fields(kernels: Kernels, site: Site, layer: Layer) -> tuple[dict[str, Field], Constants]:
    """As `_fields`, for a convolution of each channel by itself."""
    channels, _, rows, columns = layer.weights.shape
    down = (layer.stride[0], layer.dilation[0])
    tile = kernels.float_depthwise_tile(layer.rows, layer.columns, (rows, columns), *down)
    weights, _, _ = pack_float(layer.weights, 1, dilated=True)
    bias = np.zeros(len(weights) * LANES, np.float32)
    bias[:channels] = site.value(2) if site.has(2) else 0.0
    fields = {**geometry(site, layer), "runs": columns, "steps": 1, "groups": 1}
    fields |= {"tile_rows": tile.rows, "tile_columns": tile.columns, "vectors": 1, **_limits(site)}
    return fields, (weights, bias)


def _conv(kernels: Kernels, site: Site) -> Lowered:
    layer, alone = whole(site), float_depthwise(site.node, site.graph)
    fields, constants = (_depthwise_fields if alone else _fields)(kernels, site, layer)
    fields["border"] = 1
    if site.has(3):
        fields |= {"add": 1, "r_shift": site.integer("shift"), "r": Image.at(site.node, "r_image").field()}
    kind = "depthwise" if alone else "conv"
    return [layer_call(kernels, site, kind, layer, fields, (site.input(0).name, *constants, site.operand(3)))]


def _conv_transpose(kernels: Kernels, site: Site) -> Lowered:
    calls: list[Call] = []
    for layer in parts(site):
        fields, constants = _fields(kernels, site, layer)
        fields["border"] = int(not calls)
        calls.append(layer_call(kernels, site, "conv", layer, fields, (site.input(0).name, *constants, None)))
    return calls


FLOAT: dict[str, LowerWith] = {"nhwc.Conv": _conv, "nhwc.ConvTranspose": _conv_transpose}
