"""Convolutions and matrix products on 8-bit integers: QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger, and the
compiler's own forms with a transposed kernel, a bias, or a float32 result."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.graph import Array
from thenar.compile.ops.conv import conv_geometry, conv_macs, transposed_geometry
from thenar.compile.ops.fixed_point import fixed_point, output_range, scalar
from thenar.compile.ops.matmul import matmul_geometry
from thenar.compile.ops.site import Lowered, Operator, Site
from thenar.compile.program import Call, Field, Operand

_BYTES = frozenset({"int8", "uint8"})


def per_channel(site: Site, index: int, channels: int) -> Array:
    """One value for each channel, from as many or from one."""
    value = site.value(index, 0).reshape(-1)
    site.check(value.size in (1, channels), f"its input {index} has {value.size} values for {channels} channels")
    return np.array(np.broadcast_to(value, (channels,)))


def _zeros(site: Site, index: int, channels: int) -> Operand:
    """Zero points for each channel, None where all are 0."""
    if not site.has(index):
        return None
    values = per_channel(site, index, channels)
    return values if values.any() else None


def factors(site: Site, channels: int) -> Array:
    """input scale * weight scale / output scale, rounded to float32 after each step as other runtimes do."""
    scales = np.float32(scalar(site, 1)) * per_channel(site, 4, channels).astype(np.float32)
    return np.asarray(scales / np.float32(scalar(site, 6)), np.float32)


def _requantizing(site: Site, kernel: str, header: str, fields: dict[str, Field], channels: int, macs: int) -> Lowered:
    """The call of a kernel with the inputs of QLinearConv: x, w, zero points of w, bias, multipliers and shifts."""
    x, w, y = site.input(0), site.input(3), site.output()
    kinds = [c_type(tensor.dtype) for tensor in (x, w, y)]
    multiplier, shift = fixed_point(site, factors(site, channels))
    fields = {**fields, "y_zero": scalar(site, 7), **output_range(site)}
    reads = (x.name, w.name, _zeros(site, 5, channels), site.operand(8), multiplier, shift)
    sums = {"qconv": "CONV_SUM", "qmatmul": "MATMUL_SUM"}.get(kernel)
    instance = f"THENAR_{kernel.upper()}({', '.join(kinds)})"
    if sums:
        instance = f"THENAR_{sums}({kinds[0]}, {kinds[1]})\n{instance}"
    name = f"{kernel}_{'_'.join(kinds)}"
    return [Call(name, header, header, fields, reads, (y.name,), instance, macs)]


def _qconv(site: Site) -> Lowered:
    x, w, y = site.input(0), site.input(3), site.output()
    fields = {**conv_geometry(site, x.shape, w.shape, y.shape), "x_zero": scalar(site, 2)}
    return _requantizing(site, "qconv", "qconv", fields, w.shape[0], conv_macs(w.shape, y.shape))


def _qconv_transpose(site: Site) -> Lowered:
    x, w, y = site.input(0), site.input(3), site.output()
    fields = {**transposed_geometry(site, x.shape, w.shape, y.shape), "x_zero": scalar(site, 2)}
    channels = w.shape[1] * site.integer("group", 1)
    return _requantizing(site, "qconv_transpose", "qconv", fields, channels, x.size * math.prod(w.shape[1:]))


def _qmatmul(site: Site) -> Lowered:
    a, b, y = site.input(0), site.input(3), site.output()
    fields = {**matmul_geometry(site, a.shape, b.shape), "a_zero": scalar(site, 2)}
    return _requantizing(site, "qmatmul", "qmatmul", fields, _columns(b.shape), math.prod(y.shape) * a.shape[-1])


def _columns(b: tuple[int, ...]) -> int:
    return b[-1] if len(b) > 1 else 1


def _sums(site: Site, kernel: str, fields: dict[str, Field], zeros: Operand, macs: int) -> Lowered:
    """ConvInteger and MatMulInteger: the sums themselves."""
    x, w = site.input(0), site.input(1)
    kinds = [c_type(tensor.dtype) for tensor in (x, w)]
    sums = f"THENAR_{kernel.upper()}_SUM({kinds[0]}, {kinds[1]})"
    instance = f"{sums}\nTHENAR_{kernel.upper()}_INTEGER({kinds[0]}, {kinds[1]})"
    name = f"{kernel}_integer_{'_'.join(kinds)}"
    reads = (x.name, w.name, zeros)
    return [Call(name, f"q{kernel}", f"q{kernel}", fields, reads, (site.output().name,), instance, macs)]


def _conv_integer(site: Site) -> Lowered:
    x, w, y = site.input(0), site.input(1), site.output()
    fields = {**conv_geometry(site, x.shape, w.shape, y.shape), "x_zero": scalar(site, 2)}
    return _sums(site, "conv", fields, _zeros(site, 3, w.shape[0]), conv_macs(w.shape, y.shape))


def _matmul_integer(site: Site) -> Lowered:
    a, b, y = site.input(0), site.input(1), site.output()
    fields = {**matmul_geometry(site, a.shape, b.shape), "a_zero": scalar(site, 2)}
    return _sums(site, "matmul", fields, _zeros(site, 3, _columns(b.shape)), math.prod(y.shape) * a.shape[-1])


def _conv_dequantize(site: Site) -> Lowered:
    """thenar.ConvDequantize(x, x_scale, x_zero, w, w_scale, w_zero, bias): QLinearConv with a float32 result."""
    x, w, y = site.input(0), site.input(3), site.output()
    channels = w.shape[0]
    fields: dict[str, Any] = {**conv_geometry(site, x.shape, w.shape, y.shape), "x_zero": scalar(site, 2)}
    kinds = f"{c_type(x.dtype)}, {c_type(w.dtype)}"
    factor = np.float32(scalar(site, 1)) * per_channel(site, 4, channels).astype(np.float32)
    reads = (x.name, w.name, _zeros(site, 5, channels), site.operand(6), factor)
    instance = f"THENAR_CONV_SUM({kinds})\nTHENAR_CONV_DEQUANTIZE({kinds})"
    name = f"conv_dequantize_{c_type(x.dtype)}_{c_type(w.dtype)}"
    return [Call(name, "qconv", "qconv", fields, reads, (y.name,), instance, conv_macs(w.shape, y.shape))]


_STATIC = (1, 2, 4, 5, 6, 7)

OPERATORS = (
    Operator("QLinearConv", _qconv, _BYTES, _STATIC),
    Operator("QLinearMatMul", _qmatmul, _BYTES, _STATIC),
    Operator("ConvInteger", _conv_integer, _BYTES, (2, 3)),
    Operator("MatMulInteger", _matmul_integer, _BYTES, (2, 3)),
    Operator("thenar.QLinearConvTranspose", _qconv_transpose, _BYTES, _STATIC),
    Operator("thenar.ConvDequantize", _conv_dequantize, _BYTES, (1, 2, 4, 5)),
)
