"""Convolutions of float32, channels last, on AVX-512."""

from __future__ import annotations

import math

import numpy as np

from thenar.compile.graph import Array, Tensor
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.ops.window import window
from thenar.compile.ops.x86_64.layer import Image, Layer, Padding, around, geometry, plain, transposed
from thenar.compile.ops.x86_64.packing import LANES
from thenar.compile.program import Call, Field


def _padded(site: Site, x: Tensor, pad: Padding) -> tuple[list[Call], str, Image]:
    """`x` with zeros around it: itself where none are needed, or the copy that the returned call makes."""
    _, rows, columns, channels = x.shape
    image = (rows + pad.top + pad.bottom, columns + pad.left + pad.right, channels)
    if image[:2] == (rows, columns):
        return [], x.name, image
    name = site.temporary(image, x.dtype)
    fields: dict[str, Field] = {"rows": rows, "columns": columns, "channels": channels}
    fields |= {"top": pad.top, "left": pad.left, "padded_rows": image[0], "padded_columns": image[1]}
    return (
        [Call("pad_floats_channels_last", "x86_64/conv_float", "pad_floats", fields, (x.name,), (name,))],
        name,
        image,
    )


def _pack(w: Array, bias: Array | None, runs: tuple[int, int], blocks: int) -> tuple[Array, Array]:
    """(out channels, in channels, rows, columns) weights as [block][run][depth][16 channels], and the bias, padded."""
    channels = w.shape[0]
    padded = -(-channels // (LANES * blocks)) * LANES * blocks
    rows = w.transpose(0, 2, 3, 1).reshape(channels, runs[0] * runs[1], -1)
    full, start = np.zeros((padded, *rows.shape[1:]), np.float32), np.zeros(padded, np.float32)
    full[:channels], start[:channels] = rows, 0 if bias is None else bias
    packed = full.reshape(padded // LANES, LANES, *rows.shape[1:]).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(packed), start


def _dense(site: Site, source: str, layer: Layer, w: Array) -> Call:
    tile, fields = geometry(layer, w.shape[0])
    packed, bias = _pack(w, site.value(2) if site.has(2) else None, layer.runs, tile.blocks)
    fields |= {"depth": packed.shape[2]}
    tiles = dict.fromkeys(f"THENAR_CONV_TILE({pixels}, {tile.blocks})" for pixels in (1, tile.pixels))
    instance = "\n".join([*tiles, f"THENAR_CONV_LAST({tile.pixels}, {tile.blocks})"])
    name, macs = f"conv_last_{tile.pixels}x{tile.blocks}", math.prod(layer.out) * w.size
    reads = (source, packed, bias)
    return Call(name, "x86_64/conv_float", "conv_last", fields, reads, (site.output().name,), instance, macs)


def conv(site: Site) -> Lowered:
    """Conv of one group."""
    x, w = site.input(), site.value(1)
    _, rows, columns, channels = site.output().shape
    view = window(site, x.shape[1:3], w.shape[2:])
    calls, source, image = _padded(site, x, around(view))
    layer = plain(view, image, (rows, columns), (columns * channels, channels, 1))
    return [*calls, _dense(site, source, layer, w)]


def conv_transpose(site: Site) -> Lowered:
    """ConvTranspose of one group, phase by phase."""
    x, w = site.input(), site.value(1)
    _, rows, columns, _ = site.output().shape
    phases = transposed(window(site, x.shape[1:3], w.shape[2:]), (rows, columns))
    calls, source, image = _padded(site, x, phases.padding)
    return [*calls, *(_dense(site, source, layer, part) for layer, part in phases.layers(image, w))]
