"""Reductions over any axes, arg-extremes and softmax over one."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from thenar.compile.c_types import c_type
from thenar.compile.ops.site import BOOL, FLOAT, NUMBERS, Lowered, Operator, Site
from thenar.compile.ops.strides import merge, pad_front, row_major
from thenar.compile.program import Call, Field, View

_INTEGERS = frozenset({"int32", "int64", "uint32", "uint64"})
_EXTREMES = FLOAT | _INTEGERS | BOOL | {"int8", "uint8"}
_LOWEST = {"float32": "-INFINITY", "int8": "INT8_MIN", "int32": "INT32_MIN", "int64": "INT64_MIN"}
_HIGHEST = {"float32": "INFINITY", "bool": "1"} | {
    f"{sign}int{bits}": f"{sign.upper()}INT{bits}_MAX" for sign in ("", "u") for bits in (8, 32, 64)
}

# ONNX name: (C name, start, step, end, element types)
_REDUCTIONS: dict[str, tuple[str, str, str, str, frozenset[str]]] = {
    "ReduceSum": ("sum", "0", "SUM", "SAME", FLOAT | _INTEGERS),
    "ReduceMean": ("mean", "0", "SUM", "MEAN", FLOAT),
    "ReduceMax": ("max", "lowest", "MAX", "SAME", _EXTREMES),
    "ReduceMin": ("min", "highest", "MIN", "SAME", _EXTREMES),
    "ReduceProd": ("prod", "1", "PROD", "SAME", FLOAT | _INTEGERS),
    "ReduceL1": ("l1", "0", "L1", "SAME", FLOAT),
    "ReduceL2": ("l2", "0", "L2", "ROOT", FLOAT),
}
_MAX_RANK = 4


def reduction(site: Site, op: str, axes: tuple[int, ...]) -> Lowered:
    """The call that reduces the node's input over `axes` (counted from the front) into its output."""
    x, y = site.input(), site.output()
    name, start, step, end, _ = _REDUCTIONS[op]
    kind = c_type(x.dtype)
    start = {"lowest": _LOWEST.get(x.dtype.name, "0"), "highest": _HIGHEST.get(x.dtype.name, "")}.get(start, start)
    step = f"WRAPPING_{step}" if step in ("SUM", "PROD") and x.dtype.kind in "iu" else step
    kernel = f"reduce_{name}_bool" if x.dtype == np.bool_ else f"reduce_{name}"
    strides = row_major(x.shape)
    rest = [axis for axis in range(len(x.shape)) if axis not in axes]
    kept, kept_stride = merge([x.shape[axis] for axis in rest], [strides[axis] for axis in rest])
    reduced, reduced_stride = merge([x.shape[axis] for axis in axes], [strides[axis] for axis in axes])
    site.check(max(len(kept), len(reduced)) <= _MAX_RANK, f"reduces over more than {_MAX_RANK} separate dimensions")
    fields: dict[str, Field] = {
        "kept": pad_front(kept, _MAX_RANK, 1),
        "kept_stride": pad_front(kept_stride, _MAX_RANK, 0),
        "reduced": pad_front(reduced, _MAX_RANK, 1),
        "reduced_stride": pad_front(reduced_stride, _MAX_RANK, 0),
        "count": math.prod(x.shape[axis] for axis in axes),
    }
    instance = f"THENAR_REDUCE({kernel}, {kind}, {start}, THENAR_STEP_{step}, THENAR_END_{end})"
    return [Call(f"{kernel}_{kind}", "reduce", "reduce", fields, (x.name,), (y.name,), instance)]


def _reduce(site: Site, op: str) -> Lowered:
    rank = len(site.input().shape)
    axes = tuple(sorted({site.axis(int(axis), rank) for axis in site.value(1, ())}))
    if not axes and site.integer("noop_with_empty_axes") and op not in ("ReduceL1", "ReduceL2"):
        return [View(site.input().name, site.output().name)]
    if not axes and not site.integer("noop_with_empty_axes"):
        axes = tuple(range(rank))
    return reduction(site, op, axes)


def axis_fields(site: Site, axis: int) -> dict[str, Field]:
    """The input seen as outer x axis x inner."""
    shape = site.input().shape
    return {"outer": math.prod(shape[:axis]), "axis": shape[axis], "inner": math.prod(shape[axis + 1 :])}


def _arg(site: Site, name: str, better: str) -> Lowered:
    x = site.input()
    kind = c_type(x.dtype)
    fields = axis_fields(site, site.axis(site.integer("axis"), len(x.shape)))
    fields["last"] = site.integer("select_last_index")
    instance = f"THENAR_ARG({name}, {kind}, {better})"
    return [Call(f"{name}_{kind}", "reduce", "axis", fields, (x.name,), (site.output().name,), instance)]


def _softmax(site: Site, name: str) -> Lowered:
    x = site.input()
    fields = axis_fields(site, site.axis(site.integer("axis", -1), len(x.shape)))
    return [Call(f"{name}_float", "reduce", "axis", fields, (x.name,), (site.output().name,), inplace=(0,))]


OPERATORS = (
    *(Operator(op, partial(_reduce, op=op), row[4], static=(1,)) for op, row in _REDUCTIONS.items()),
    Operator("ArgMax", partial(_arg, name="arg_max", better=">"), NUMBERS),
    Operator("ArgMin", partial(_arg, name="arg_min", better="<"), NUMBERS),
    Operator("Softmax", partial(_softmax, name="softmax"), FLOAT),
    Operator("LogSoftmax", partial(_softmax, name="log_softmax"), FLOAT),
)
