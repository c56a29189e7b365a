"""Sums and pools of bytes on AVX-512."""

from __future__ import annotations

import math

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.ops import qelementwise
from thenar.compile.ops.fixed_point import output_range, scalar, sum_multipliers
from thenar.compile.ops.pool import LOWEST
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.ops.window import window
from thenar.compile.program import Call, Field

_WIDEN = {"int8": "_mm512_cvtepi8_epi32", "uint8": "_mm512_cvtepu8_epi32"}
_MAX_RATIO = 4096.0
"""Input scale / output scale up to which a sum's result stays below 2^22."""


def qadd(site: Site) -> Lowered:
    """thenar.Add of two tensors of the same shape; others are left to the reference."""
    a, b, y = site.input(0), site.input(3), site.output()
    a_scale, b_scale, y_scale = (np.float32(scalar(site, index)) for index in (1, 4, 6))
    ratios = float(a_scale / y_scale), float(b_scale / y_scale)
    if a.shape != y.shape or b.shape != y.shape or max(ratios) > _MAX_RATIO:
        return qelementwise.ADD(site)
    left, right, shift = sum_multipliers(site, *ratios)
    fields: dict[str, Field] = {"size": y.size, "a_multiplier": float(left), "b_multiplier": float(right)}
    fields |= {"offset": float(-(scalar(site, 2) * left + scalar(site, 5) * right)), "factor": math.ldexp(1.0, -shift)}
    fields |= {"y_zero": scalar(site, 7), **output_range(site)}
    kinds = [c_type(tensor.dtype) for tensor in (a, b, y)]
    instance = f"THENAR_QADD_VNNI({', '.join(kinds)}, {_WIDEN[a.dtype.name]}, {_WIDEN[b.dtype.name]})"
    name, inplace = f"qadd_vnni_{'_'.join(kinds)}", tuple(i for i, x in enumerate((a, b)) if x.dtype == y.dtype)
    return [Call(name, "x86_64/qadd_vnni", "qadd", fields, (a.name, b.name), (y.name,), instance, inplace=inplace)]


def max_pool(site: Site) -> Lowered:
    """MaxPool, channels last."""
    x, y = site.input(), site.output()
    view = window(site, x.shape[1:3], site.integers("kernel_shape"))
    fields: dict[str, Field] = {"in": x.shape[1:3], "out": y.shape[1:3], "channels": x.shape[3]}
    fields |= {"kernel": view.kernel, "stride": view.stride, "dilation": view.dilation, "pad": view.pad}
    kind = c_type(x.dtype)
    instance = f"THENAR_MAX_POOL_CHANNELS_LAST({kind}, {LOWEST[kind]})"
    name = f"max_pool_channels_last_{kind}"
    return [Call(name, "x86_64/channels_last", "window_bytes", fields, (x.name,), (y.name,), instance)]
