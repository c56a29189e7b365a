"""QuantizeLinear and DequantizeLinear: per tensor, per axis, and in blocks."""

from __future__ import annotations

from thenar.compile.c_types import c_type
from thenar.compile.ops.site import FLOAT, Lowered, Operator, Site
from thenar.compile.ops.strides import MAX_RANK, merge, pad_front, row_major
from thenar.compile.program import Call, Field

_LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "uint16": (0, 65535)}


def _walk(site: Site) -> dict[str, Field]:
    """The input's elements in order, and for each the place of its scale."""
    x, scale = site.input(0), site.input(1)
    shape, strides = list(x.shape), [0] * len(x.shape)
    if scale.size > 1:
        axis = site.axis(site.integer("axis", 1), len(shape))
        block = site.integer("block_size")
        if len(scale.shape) == 1:
            site.check(scale.size == shape[axis], f"{scale.size} scales for {shape[axis]} slices")
            strides[axis] = 1
        else:
            site.check(block > 0 and shape[axis] == block * scale.shape[axis], f"its axis isn't blocks of {block}")
            strides = list(row_major(scale.shape))
            shape[axis : axis + 1] = [shape[axis] // block, block]
            strides.insert(axis + 1, 0)
    if site.has(2):
        site.check(site.input(2).size == scale.size, "its zero points and scales differ in number")
    dims, a, b = merge(shape, row_major(shape), strides)
    site.check(len(dims) <= MAX_RANK, f"walks {len(dims)} dimensions, more than {MAX_RANK}")
    return {"shape": pad_front(dims, MAX_RANK, 1), "a": pad_front(a, MAX_RANK, 0), "b": pad_front(b, MAX_RANK, 0)}


def _reads(site: Site) -> tuple[str | None, ...]:
    return site.input(0).name, site.input(1).name, site.operand(2)


def _quantize(site: Site) -> Lowered:
    y = site.output()
    kind = c_type(y.dtype)
    site.check(site.input(1).dtype.name == "float32", "its scale isn't float32")
    site.check(y.dtype.name in _LIMITS, f"quantizes to {y.dtype.name}")
    low, high = _LIMITS[y.dtype.name]
    instance = f"THENAR_QUANTIZE({kind}, {low}.0f, {high}.0f)"
    return [Call(f"quantize_{kind}", "quantize", "walk", _walk(site), _reads(site), (y.name,), instance)]


def _dequantize(site: Site) -> Lowered:
    y = site.output()
    kind = c_type(site.input().dtype)
    site.check(y.dtype.name == "float32", f"dequantizes to {y.dtype.name}")
    instance = f"THENAR_DEQUANTIZE({kind})"
    return [Call(f"dequantize_{kind}", "quantize", "walk", _walk(site), _reads(site), (y.name,), instance)]


OPERATORS = (
    Operator("QuantizeLinear", _quantize, FLOAT),
    Operator("DequantizeLinear", _dequantize, frozenset({*_LIMITS, "int32"})),
)
