"""Transposition, pools, repetition and tables on images."""

from __future__ import annotations

import numpy as np

from thenar.compile.graph import Array
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.served import pair
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Field, View


def _call(site: Site, kernel: str, struct: str, fields: dict[str, Field], *extra: Array) -> Lowered:
    floats = site.input().dtype.kind == "f"
    name, header = (f"{kernel}_float", "nhwc/move_float") if floats else (kernel, "nhwc/move")
    return [Call(name, header, struct, fields, (site.input().name, *extra), (site.output().name,))]


def _images(site: Site) -> dict[str, Field]:
    images = {
        key: Image.at(site.node, f"{key}_image").field() for key in "xy" if f"{key}_image" in site.node.attributes
    }
    return {**images, "zero": site.integer("zero")}


def _pack(site: Site) -> Lowered:
    return _call(site, "nhwc_pack", "nhwc_move", {**_images(site), "flip": site.integer("x_offset")})


def _unpack(site: Site) -> Lowered:
    if _same_bytes(site):
        return [View(site.input().name, site.output().name)]
    return _call(site, "nhwc_unpack", "nhwc_move", {**_images(site), "flip": site.integer("x_offset")})


def _same_bytes(site: Site) -> bool:
    """Is the image a single pixel, which only this node reads and the caller doesn't get?"""
    x, name = Image.at(site.node, "x_image"), site.input().name
    alone = [name in node.inputs for node in site.graph.nodes].count(True) == 1
    return (
        alone
        and x.offset == 0
        and x.field() == (1, 1, x.channels, 0, 0, 0, 0)
        and site.output().name not in site.graph.outputs
    )


def _upsample(site: Site) -> Lowered:
    return _call(site, "nhwc_upsample", "nhwc_move", _images(site))


def _lookup(site: Site) -> Lowered:
    """The reference's table is indexed by the bytes of x and gives those of y; images flip the sign bit of int8."""
    x, y = Image.at(site.node, "x_image"), Image.at(site.node, "y_image")
    table = site.value(1).view(np.uint8)[np.arange(256) ^ x.offset] ^ np.uint8(y.offset)
    return _call(site, "nhwc_lookup", "nhwc_move", _images(site), table)


def _max(site: Site) -> Lowered:
    fields = {**_images(site), "kernel": site.integers("kernel_shape")}
    for key, name, fill in (("stride", "strides", 1), ("dilation", "dilations", 1), ("pad", "pads", 0)):
        fields[key] = pair(site.node, name, fill)[:2]
    return _call(site, "nhwc_max", "nhwc_pool", fields)


MOVES: dict[str, Lower] = {
    "nhwc.Pack": _pack,
    "nhwc.Unpack": _unpack,
    "nhwc.Lookup": _lookup,
    "nhwc.Resize": _upsample,
    "nhwc.MaxPool": _max,
}
