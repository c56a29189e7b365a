"""Convolution and transposed convolution in float32."""

from __future__ import annotations

import math
from dataclasses import replace

from thenar.compile.ops.site import FLOAT, Lowered, Operator, Site
from thenar.compile.ops.window import Window, window
from thenar.compile.program import Call, Field


def conv_geometry(site: Site, x: tuple[int, ...], w: tuple[int, ...], y: tuple[int, ...]) -> dict[str, Field]:
    """The fields of `thenar_conv` for an input, weights and output of these shapes.

    Raises:
        ThenarError: channels, groups or the output's shape don't fit.
    """
    groups = site.integer("group", 1)
    site.check(len(w) == len(x) == len(y) >= 3, f"its weights have {len(w)} dimensions, its input {len(x)}")
    site.check(groups > 0 and w[0] % groups == 0, f"its {w[0]} output channels don't divide into {groups} groups")
    site.check(x[1] == w[1] * groups, f"its input has {x[1]} channels, its weights want {w[1] * groups}")
    view = window(site, x[2:], site.integers("kernel_shape") or w[2:])
    site.check(view.kernel == w[2:], f"its kernel_shape {view.kernel} isn't that of its weights {w[2:]}")
    channels = {"batch": x[0], "groups": groups, "in_channels": w[1], "out_channels": w[0] // groups}
    return {**channels, **view.fields(y[2:])}


def conv_macs(w: tuple[int, ...], y: tuple[int, ...]) -> int:
    """Multiply-accumulates of a convolution with weights `w` and output `y`, padding counted."""
    return math.prod(y) * math.prod(w[1:])


def _conv(site: Site) -> Lowered:
    x, w, y = site.input(0), site.input(1), site.output()
    fields = conv_geometry(site, x.shape, w.shape, y.shape)
    _check_bias(site, w.shape[0])
    reads = (x.name, w.name, site.operand(2))
    return [Call("conv_float", "conv", "conv", fields, reads, (y.name,), macs=conv_macs(w.shape, y.shape))]


def _check_bias(site: Site, channels: int) -> None:
    if site.has(2):
        site.check(site.input(2).shape == (channels,), f"its bias isn't one value for each of {channels} channels")


def _transposed_window(site: Site, x: tuple[int, ...], w: tuple[int, ...], y: tuple[int, ...]) -> Window:
    """Padding that the attributes give directly, or that `output_shape` or `auto_pad` imply."""
    view = window(site, x[2:], site.integers("kernel_shape") or w[2:])
    mode = site.text("auto_pad", "NOTSET")
    if not site.integers("output_shape") and mode == "NOTSET":
        return view
    extra = site.integers("output_padding") or (0,) * len(view.size)
    sizes = zip(view.size, view.kernel, view.stride, view.dilation, extra, y[2:], strict=True)
    total = [max(s * (n - 1) + e + (k - 1) * d + 1 - out, 0) for n, k, s, d, e, out in sizes]
    small, large = tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)
    return replace(view, pad=small, pad_end=large) if mode != "SAME_LOWER" else replace(view, pad=large, pad_end=small)


def transposed_geometry(site: Site, x: tuple[int, ...], w: tuple[int, ...], y: tuple[int, ...]) -> dict[str, Field]:
    """The fields of `thenar_conv` for a transposed convolution.

    Raises:
        ThenarError: channels or groups don't fit.
    """
    groups = site.integer("group", 1)
    site.check(len(x) == len(w) >= 3, f"its weights have {len(w)} dimensions, its input {len(x)}")
    site.check(groups > 0 and x[1] == w[0] and x[1] % groups == 0, "its channels don't fit its groups")
    view = _transposed_window(site, x, w, y)
    site.check(view.kernel == w[2:], f"its kernel_shape {view.kernel} isn't that of its weights {w[2:]}")
    channels = {"batch": x[0], "groups": groups, "in_channels": w[0] // groups, "out_channels": w[1]}
    return {**channels, **view.fields(y[2:])}


def _conv_transpose(site: Site) -> Lowered:
    x, w, y = site.input(0), site.input(1), site.output()
    fields = transposed_geometry(site, x.shape, w.shape, y.shape)
    _check_bias(site, w.shape[1] * site.integer("group", 1))
    reads = (x.name, w.name, site.operand(2))
    macs = x.size * math.prod(w.shape[1:])
    return [Call("conv_transpose_float", "conv", "conv", fields, reads, (y.name,), macs=macs)]


OPERATORS = (Operator("Conv", _conv, FLOAT), Operator("ConvTranspose", _conv_transpose, FLOAT))
