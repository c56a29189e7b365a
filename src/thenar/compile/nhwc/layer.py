"""A convolution as one kernel computes it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from thenar.compile.emit import field
from thenar.compile.graph import Array
from thenar.compile.nhwc.expected import expected
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.kernels import Kernels
from thenar.compile.nhwc.phases import phases
from thenar.compile.nhwc.served import pair, weights_of
from thenar.compile.ops.conv import conv_macs
from thenar.compile.ops.fixed_point import LIMITS, scalar
from thenar.compile.ops.site import Site
from thenar.compile.program import Call, Field


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution with OIHW weights: the whole of a node's, or one phase of a transposed one."""

    weights: Array
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pad: tuple[int, ...]
    rows: int
    columns: int
    first: tuple[int, int] = (0, 0)
    step: tuple[int, int] = (1, 1)


def whole(site: Site) -> Layer:
    """The whole of a convolution node."""
    node, y = site.node, Image.at(site.node, "y_image")
    stride, dilation, pad = (pair(node, key, fill) for key, fill in (("strides", 1), ("dilations", 1), ("pads", 0)))
    w = site.graph.tensors[weights_of(node)].data
    assert w is not None, "served convolutions have constant weights"
    return Layer(w, stride[:2], dilation[:2], pad[:2], y.height, y.width)


def parts(site: Site) -> Iterator[Layer]:
    """The phases of a transposed convolution node."""
    node, whole_weights = site.node, site.graph.tensors[weights_of(site.node)].data
    assert whole_weights is not None, "served convolutions have constant weights"
    w = whole_weights.swapaxes(0, 1)
    x, y = Image.at(node, "x_image"), Image.at(node, "y_image")
    rows, columns = phases(node, (x.height, x.width), (y.height, y.width), w.shape[2:])
    down, right = pair(node, "strides", 1)[:2]
    for v in rows:
        for h in columns:
            part = np.ascontiguousarray(w[:, :, v.first :: down, h.first :: right][:, :, ::-1, ::-1])
            pad, first = (v.before, h.before), (v.start, h.start)
            yield Layer(part, (1, 1), (1, 1), pad, v.count, h.count, first, (down, right))


def geometry(site: Site, layer: Layer) -> dict[str, Field]:
    """The fields that the structs of all convolutions share."""
    x, y = Image.at(site.node, "x_image"), Image.at(site.node, "y_image")
    fields: dict[str, Field] = {"x": x.field(), "y": y.field(), "kernel_rows": layer.weights.shape[2]}
    fields |= {"run_stride": layer.dilation[1] * x.channels, "stride": layer.stride, "dilation": layer.dilation[0]}
    fields |= {"pad": layer.pad, "rows": layer.rows, "columns": layer.columns, "out_channels": layer.weights.shape[0]}
    return {**fields, "y_first": layer.first, "y_step": layer.step}


def limits(site: Site, zero: int, offset: int, prefix: str = "") -> dict[str, Field]:
    """zero, low and high as stored with `offset`, from the zero point's type and the fused activation's limits."""
    least, most = LIMITS[site.input(zero).dtype.name]
    low, high = site.integer(f"{prefix}low", least), site.integer(f"{prefix}high", most)
    names = ("sum_zero", "sum_low", "sum_high") if prefix else ("zero", "low", "high")
    values = (scalar(site, zero), max(low, least), min(high, most))
    return {name: value + offset for name, value in zip(names, values, strict=True)}


def layer_call(
    kernels: Kernels,
    site: Site,
    macro: str,
    layer: Layer,
    fields: dict[str, Field],
    reads: tuple[str | Array | None, ...],
) -> Call:
    """A call of a function made for this layer alone: named after its shape and, to be unique, a hash."""
    w = layer.weights
    numbers = ", ".join(f".{key} = {field(value)}" for key, value in fields.items())
    kernel, stride = "x".join(map(str, w.shape[2:])), "x".join(map(str, layer.stride))
    name = f"{macro}_{kernel}_{w.shape[1]}to{w.shape[0]}_{zlib.crc32(numbers.encode()):08x}"
    instance = f"THENAR_NHWC_{macro.upper()}({name}, {numbers})"
    macs = conv_macs(w.shape, (1, w.shape[0], layer.rows, layer.columns))
    tile = f"{fields['tile_rows']}x{fields['tile_columns']} pixels by {fields['vectors']} vectors"
    title = f"{kernel} convolution, stride {stride}, {w.shape[1]} to {w.shape[0]} channels"
    title += f", {layer.rows}x{layer.columns}, tile {tile}"
    header = {"qconv": "qconv", "dequantize": "qconv"}.get(macro, macro)
    writes = (site.output().name,)
    cycles, peak = expected(kernels.costs, macro, fields) if kernels.costs else (0.0, 0.0)
    return Call(
        name, f"{kernels.folder}/{header}", "", fields, reads, writes, instance, macs, comment=title,
        cycles=cycles, peak=peak,
    )  # fmt: skip
