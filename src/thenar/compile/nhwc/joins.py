"""Sums of byte images, and images side by side."""

from __future__ import annotations

import math

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.layer import limits
from thenar.compile.ops.fixed_point import scalar, sum_multipliers
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Field


def _add(site: Site) -> Lowered:
    """nhwc.Add (x, x_scale, x_zero, r, r_scale, r_zero, y_scale, y_zero)."""
    x, r, y = (Image.at(site.node, f"{key}_image") for key in "xry")
    x_scale, r_scale, y_scale = (np.float32(scalar(site, index)) for index in (1, 4, 6))
    a, b, shift = sum_multipliers(site, float(x_scale / y_scale), float(r_scale / y_scale))
    fields: dict[str, Field] = {"x": x.field(), "r": r.field(), "y": y.field(), "a": a, "b": b}
    fields |= {"x_zero": scalar(site, 2) + x.offset, "r_zero": scalar(site, 5) + r.offset}
    fields |= {"factor": math.ldexp(1.0, -shift), **limits(site, 7, y.offset), "border": site.integer("zero")}
    reads = (site.input(0).name, site.input(3).name)
    return [Call("nhwc_add", "nhwc/join", "nhwc_qadd", fields, reads, (site.output().name,))]


def _concat(site: Site) -> Lowered:
    """One call for each input."""
    calls, first, y = [], 0, Image.at(site.node, "y_image")
    for index, name in enumerate(site.node.inputs):
        x = Image.at(site.node, f"x{index}_image")
        fields: dict[str, Field] = {"x": x.field(), "y": y.field(), "first": first, "border": site.integer("zero")}
        kernel = f"nhwc_concat_{c_type(site.output().dtype)}"
        calls.append(Call(kernel, "nhwc/join", "nhwc_part", fields, (name,), (site.output().name,)))
        first += x.channels
    return calls


JOINS: dict[str, Lower] = {"nhwc.Add": _add, "nhwc.Concat": _concat}
