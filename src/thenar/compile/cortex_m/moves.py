"""Transposition, pools, repetition, tables, sums and concatenation of images on microcontrollers as kernel calls."""

from __future__ import annotations

import numpy as np

from thenar.compile.cortex_m.convolution import sum_fields
from thenar.compile.graph import Array
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.layer import limits
from thenar.compile.nhwc.served import pair
from thenar.compile.ops.fixed_point import scalar
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Field


def _call(
    site: Site, kernel: str, struct: str, fields: dict[str, Field], *more: str | Array, inplace: bool = False
) -> Call:
    """The images' bytes are signed, whatever the type of the tensors that they hold."""
    reads = (site.input().name, *more)
    free = tuple(index for index, operand in enumerate(reads) if isinstance(operand, str)) if inplace else ()
    return Call(
        f"cortex_{kernel}", "cortex_m/move", f"cortex_{struct}", fields, reads, (site.output().name,), inplace=free
    )


def _shape(image: Image) -> dict[str, Field]:
    return {"height": image.height, "width": image.width, "channels": image.channels}


def _pack(site: Site) -> Lowered:
    y = Image.at(site.node, "y_image")
    return [_call(site, "pack", "move", {**_shape(y), "flip": abs(y.offset)})]


def _unpack(site: Site) -> Lowered:
    x = Image.at(site.node, "x_image")
    return [_call(site, "unpack", "move", {**_shape(x), "flip": abs(x.offset)})]


def _upsample(site: Site) -> Lowered:
    x, y = Image.at(site.node, "x_image"), Image.at(site.node, "y_image")
    fields = {**_shape(x), "rows": y.height // x.height, "columns": y.width // x.width}
    return [_call(site, "upsample", "repeat", fields)]


def _lookup(site: Site) -> Lowered:
    """The reference's table is indexed by the bytes of x and gives those of y; images flip the sign bit of uint8."""
    x, y = Image.at(site.node, "x_image"), Image.at(site.node, "y_image")
    table = site.value(1).view(np.uint8)[np.arange(256) ^ abs(x.offset)] ^ np.uint8(abs(y.offset))
    return [_call(site, "lookup", "move", {**_shape(y), "flip": 0}, table.view(np.int8), inplace=True)]


def _max(site: Site) -> Lowered:
    x, y = Image.at(site.node, "x_image"), Image.at(site.node, "y_image")
    fields = {**_shape(x), "rows": y.height, "columns": y.width, "kernel": site.integers("kernel_shape")}
    for key, name, fill in (("stride", "strides", 1), ("dilation", "dilations", 1), ("pad", "pads", 0)):
        fields[key] = pair(site.node, name, fill)[:2]
    return [_call(site, "max", "pool", fields)]


def _add(site: Site) -> Lowered:
    """nhwc.Add (x, x_scale, x_zero, r, r_scale, r_zero, y_scale, y_zero)."""
    x, r, y = (Image.at(site.node, f"{key}_image") for key in "xry")
    a, b, shift = sum_fields(site, (1, 4, 6))
    fields: dict[str, Field] = {"size": y.height * y.width * y.channels, "a": a, "b": b, "shift": shift}
    fields |= {"x_zero": scalar(site, 2) + x.offset, "r_zero": scalar(site, 5) + r.offset, **limits(site, 7, y.offset)}
    return [_call(site, "add", "sum", fields, site.input(3).name, inplace=True)]


def _concat(site: Site) -> Lowered:
    """One call for each input."""
    calls, first, y = [], 0, Image.at(site.node, "y_image")
    for index, name in enumerate(site.node.inputs):
        x = Image.at(site.node, f"x{index}_image")
        fields: dict[str, Field] = {
            "pixels": x.height * x.width,
            "channels": x.channels,
            "all": y.channels,
            "first": first,
        }
        calls.append(Call("cortex_concat", "cortex_m/move", "cortex_part", fields, (name,), (site.output().name,)))
        first += x.channels
    return calls


MOVES: dict[str, Lower] = {
    "nhwc.Pack": _pack,
    "nhwc.Unpack": _unpack,
    "nhwc.Resize": _upsample,
    "nhwc.Lookup": _lookup,
    "nhwc.MaxPool": _max,
    "nhwc.Add": _add,
    "nhwc.Concat": _concat,
}
