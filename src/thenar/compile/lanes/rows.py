"""Softmax, sums and means along the last axis, sixteen values at a time."""

from __future__ import annotations

from dataclasses import replace

from thenar.compile.ops import OPERATORS
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call

_KERNELS = {"sum_float": "sum_rows", "mean_float": "mean_rows"}


def _softmax(site: Site) -> Lowered:
    return [
        replace(step, kernel="softmax_rows", header="lanes/rows", instance="")
        if isinstance(step, Call) and step.kernel == "softmax_float" and step.fields["inner"] == 1
        else step
        for step in OPERATORS["Softmax"].lower(site)
    ]


def _reduced(op: str) -> Lower:
    def lower(site: Site) -> Lowered:
        return [_rows(step) if isinstance(step, Call) else step for step in OPERATORS[op].lower(site)]

    return lower


def _rows(call: Call) -> Call:
    """The call for rows that follow each other, where the reference's loops are just that."""
    kernel = _KERNELS.get(call.kernel.removeprefix("reduce_"))
    if kernel is None:
        return call
    count, strides, sizes = call.fields["count"], call.fields["kept_stride"], call.fields["kept"]
    assert isinstance(strides, tuple)
    assert isinstance(sizes, tuple)
    step, dense = count, call.fields["reduced"] == (1, 1, 1, count) and call.fields["reduced_stride"] == (0, 0, 0, 1)
    for size, stride in zip(reversed(sizes), reversed(strides), strict=True):
        dense = dense and (size == 1 or stride == step)
        step = step * size if isinstance(step, int) else step
    return replace(call, kernel=kernel, header="lanes/rows", instance="") if dense else call


ROWS: dict[str, Lower] = {
    "Softmax": _softmax,
    "ReduceSum": _reduced("ReduceSum"),
    "ReduceMean": _reduced("ReduceMean"),
}
