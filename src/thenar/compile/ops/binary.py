"""Elementwise functions of two or more tensors with broadcasting: arithmetic, comparisons, Where, Clip."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.graph import Tensor
from thenar.compile.ops.site import ANY, BOOL, FLOAT, NUMBERS, Lowered, Operator, Site
from thenar.compile.ops.strides import MAX_RANK, broadcast, fits, merge, pad_front
from thenar.compile.program import Call, View

# ONNX name: (C name, element types)
_FUNCTIONS: dict[str, tuple[str, frozenset[str]]] = {
    "Add": ("add", NUMBERS),
    "Sub": ("sub", NUMBERS),
    "Mul": ("mul", NUMBERS),
    "Div": ("div", NUMBERS),
    "Pow": ("pow", FLOAT | {"int32", "int64"}),
    "PRelu": ("prelu", FLOAT),
    "Equal": ("equal", ANY),
    "Less": ("less", NUMBERS),
    "LessOrEqual": ("less_equal", NUMBERS),
    "Greater": ("greater", NUMBERS),
    "GreaterOrEqual": ("greater_equal", NUMBERS),
    "And": ("and", BOOL),
    "Or": ("or", BOOL),
}


_INTEGER = {"add", "sub", "mul", "div", "pow"}
"""Functions whose integer form is another than the float32 one: it wraps around, and division has no trap."""


def walk(site: Site, inputs: Sequence[Tensor], result: Tensor) -> dict[str, tuple[int, ...]]:
    """The fields of `thenar_walk` for up to three inputs broadcast to `result`.

    Raises:
        ThenarError: an input doesn't broadcast to `result`, or that takes more than six separate dimensions.
    """
    for tensor in inputs:
        site.check(fits(tensor.shape, result.shape), f"{tensor.shape} doesn't broadcast to {result.shape}")
    shape, *strides = merge(result.shape, *(broadcast(tensor.shape, result.shape) for tensor in inputs))
    site.check(len(shape) <= MAX_RANK, f"broadcasts over {len(shape)} dimensions, more than {MAX_RANK}")
    fields = {"shape": pad_front(shape, MAX_RANK, 1)}
    return fields | {key: pad_front(step, MAX_RANK, 0) for key, step in zip("abc", strides, strict=False)}


def _call(site: Site, name: str, a: Tensor, b: Tensor, y: Tensor) -> Call:
    kinds = c_type(a.dtype), c_type(b.dtype)
    instance = f"THENAR_BINARY({name}, {kinds[0]}, {kinds[1]}, {c_type(y.dtype)})"
    inplace = tuple(i for i, x in enumerate((a, b)) if x.shape == y.shape and x.dtype == y.dtype)
    kernel = f"{name}_{kinds[0]}_{kinds[1]}"
    fields = walk(site, (a, b), y)
    return Call(kernel, "binary", "walk", fields, (a.name, b.name), (y.name,), instance, inplace=inplace)


def _binary(site: Site, name: str) -> Lowered:
    a, b, y = site.input(0), site.input(1), site.output()
    if a.dtype.kind != "f" and name == "pow" and b.dtype.kind == "f":
        name = "real_pow"
    elif a.dtype.kind != "f" and name in _INTEGER:
        name = f"{'signed' if name == 'div' and a.dtype.kind == 'i' else 'integer'}_{name}"
    return [_call(site, name, a, b, y)]


def _chain(site: Site, name: str) -> Lowered:
    """Min, Max and Sum of any number of tensors, two at a time."""
    tensors = [site.input(index) for index in range(len(site.node.inputs))]
    if len(tensors) == 1:
        return [View(tensors[0].name, site.output().name)]
    calls, left = [], tensors[0]
    for right in tensors[1:]:
        result = site.output()
        if right is not tensors[-1]:
            shape = np.broadcast_shapes(left.shape, right.shape)
            result = Tensor(site.temporary(shape, left.dtype), left.dtype, shape)
        calls.append(_call(site, name, left, right, result))
        left = result
    return calls


def _clip(site: Site) -> Lowered:
    """max, then min, each where it is given; where min > max, max wins, as the standard has it."""
    bounds = [(name, index) for name, index in (("max", 1), ("min", 2)) if site.has(index)]
    if not bounds:
        return [View(site.input().name, site.output().name)]
    calls, left = [], site.input()
    for position, (name, index) in enumerate(bounds):
        bound, result = site.input(index), site.output()
        site.check(bound.size == 1, f"its bound {bound.name!r} has {bound.size} values, not one")
        if position + 1 < len(bounds):
            result = Tensor(site.temporary(left.shape, left.dtype), left.dtype, left.shape)
        calls.append(_call(site, name, left, Tensor(bound.name, bound.dtype, ()), result))
        left = result
    return calls


def _where(site: Site) -> Lowered:
    condition, a, b, y = site.input(0), site.input(1), site.input(2), site.output()
    kind = c_type(a.dtype)
    fields: dict[str, Any] = walk(site, (condition, a, b), y)
    reads = (condition.name, a.name, b.name)
    return [Call(f"where_{kind}", "binary", "walk", fields, reads, (y.name,), f"THENAR_WHERE({kind})")]


OPERATORS = (
    *(Operator(op, partial(_binary, name=name), types) for op, (name, types) in _FUNCTIONS.items()),
    Operator("Min", partial(_chain, name="min"), NUMBERS),
    Operator("Max", partial(_chain, name="max"), NUMBERS),
    Operator("Sum", partial(_chain, name="add"), FLOAT),
    Operator("Clip", _clip, NUMBERS),
    Operator("Where", _where, BOOL),
)
