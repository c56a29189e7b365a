"""Float32 convolutions on images as kernel calls."""

from __future__ import annotations

import math

import numpy as np

from thenar.compile.graph import Array
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.kernels import Kernels, LowerWith
from thenar.compile.nhwc.layer import Layer, geometry, layer_call, parts, whole
from thenar.compile.nhwc.pack import LANES, pack_float
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.program import Call, Field


def _fields(kernels: Kernels, site: Site, layer: Layer) -> tuple[dict[str, Field], tuple[Array, Array]]:
    """The fields of a layer, its weights and its bias."""
    w, channels = layer.weights, Image.at(site.node, "x_image").channels
    dilated = layer.dilation[1] > 1 and w.shape[3] > 1
    tile = kernels.tile(layer.rows, layer.columns, w.shape[0], w.shape[2] * w.shape[3] * channels)
    weights, runs, steps = pack_float(w, tile.vectors, dilated=dilated)
    bias = np.zeros(weights.shape[0] * tile.vectors * LANES, np.float32)
    if site.has(2):
        bias[: w.shape[0]] = site.value(2)
    fields = {**geometry(site, layer), "runs": runs, "steps": steps, "tile_rows": tile.rows}
    fields |= {"tile_columns": tile.columns, "vectors": tile.vectors}
    return {**fields, "low": site.number("low", -math.inf), "high": site.number("high", math.inf)}, (weights, bias)


def _conv(kernels: Kernels, site: Site) -> Lowered:
    layer = whole(site)
    fields, constants = _fields(kernels, site, layer)
    fields["border"] = 1
    if site.has(3):
        fields |= {"add": 1, "r_shift": site.integer("shift"), "r": Image.at(site.node, "r_image").field()}
    return [layer_call(kernels, site, "conv", layer, fields, (site.input(0).name, *constants, site.operand(3)))]


def _conv_transpose(kernels: Kernels, site: Site) -> Lowered:
    calls: list[Call] = []
    for layer in parts(site):
        fields, constants = _fields(kernels, site, layer)
        fields["border"] = int(not calls)
        calls.append(layer_call(kernels, site, "conv", layer, fields, (site.input(0).name, *constants, None)))
    return calls


FLOAT: dict[str, LowerWith] = {"nhwc.Conv": _conv, "nhwc.ConvTranspose": _conv_transpose}
