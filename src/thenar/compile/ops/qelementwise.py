"""The compiler's own operators on 8-bit integers, made by the integer pass: Add, Mul, Mean, and any function of one
value as a table of 256."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.ops.binary import walk
from thenar.compile.ops.fixed_point import fixed_point, output_range, scalar, sum_multipliers
from thenar.compile.ops.site import Lowered, Operator, Site
from thenar.compile.program import Call, Field

_BYTES = frozenset({"int8", "uint8"})


def _binary(site: Site, name: str) -> Lowered:
    """(a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero), broadcast."""
    a, b, y = site.input(0), site.input(3), site.output()
    fields: dict[str, Field] = {**walk(site, (a, b), y)}
    fields |= {"a_zero": scalar(site, 2), "b_zero": scalar(site, 5), "y_zero": scalar(site, 7), **output_range(site)}
    a_scale, b_scale, y_scale = (np.float32(scalar(site, index)) for index in (1, 4, 6))
    if name == "qadd":
        left, right, shift = sum_multipliers(site, float(a_scale / y_scale), float(b_scale / y_scale))
        fields |= {"a_multiplier": left, "b_multiplier": right, "multiplier": 1, "shift": shift}
    else:
        multiplier, shifts = fixed_point(site, a_scale * b_scale / y_scale)
        fields |= {"multiplier": int(multiplier), "shift": int(shifts)}
    kinds = [c_type(tensor.dtype) for tensor in (a, b, y)]
    instance = f"THENAR_{name.upper()}({', '.join(kinds)})"
    kernel = f"{name}_{'_'.join(kinds)}"
    return [Call(kernel, "qelementwise", "qbinary", fields, (a.name, b.name), (y.name,), instance)]


def _mean(site: Site) -> Lowered:
    """(x, x_scale, x_zero, y_scale, y_zero): the mean over the last `axes` dimensions."""
    x, y = site.input(), site.output()
    count = math.prod(x.shape[len(x.shape) - site.integer("axes") :])
    factor = np.float32(scalar(site, 1)) / (np.float32(scalar(site, 3)) * np.float32(count))
    multiplier, shift = fixed_point(site, factor)
    fields: dict[str, Field] = {"rows": x.size // count, "count": count, "x_zero": scalar(site, 2)}
    fields |= {"y_zero": scalar(site, 4), **output_range(site), "multiplier": int(multiplier), "shift": int(shift)}
    kinds = [c_type(tensor.dtype) for tensor in (x, y)]
    instance = f"THENAR_QMEAN({', '.join(kinds)})"
    return [Call(f"qmean_{'_'.join(kinds)}", "qelementwise", "qmean", fields, (x.name,), (y.name,), instance)]


def _lookup(site: Site) -> Lowered:
    """(x, table): the table is indexed by x read as an unsigned byte."""
    x, y = site.input(), site.output()
    kinds = [c_type(tensor.dtype) for tensor in (x, y)]
    reads = (x.name, site.input(1).name)
    instance = f"THENAR_LOOKUP({', '.join(kinds)})"
    inplace = (0,) if x.dtype == y.dtype else ()
    kernel = f"lookup_{'_'.join(kinds)}"
    return [Call(kernel, "qelementwise", "lookup", {"size": x.size}, reads, (y.name,), instance, inplace=inplace)]


ADD = partial(_binary, name="qadd")

OPERATORS = (
    Operator("thenar.Add", ADD, _BYTES),
    Operator("thenar.Mul", partial(_binary, name="qmul"), _BYTES),
    Operator("thenar.Mean", _mean, _BYTES),
    Operator("thenar.Lookup", _lookup, _BYTES),
)
