"""Matrix products in float32: Gemm and MatMul."""

from __future__ import annotations

import math

import numpy as np

from thenar.compile.ops.site import FLOAT, Lowered, Operator, Site
from thenar.compile.ops.strides import broadcast, fits, merge, pad_front, row_major
from thenar.compile.program import Call, Field

_MAX_BATCH_RANK = 4


def _gemm(site: Site) -> Lowered:
    a, b, y = site.input(0), site.input(1), site.output()
    site.check(len(a.shape) == len(b.shape) == len(y.shape) == 2, f"{a.shape} and {b.shape} aren't matrices")
    rows, columns = y.shape
    transposed_a, transposed_b = bool(site.integer("transA")), bool(site.integer("transB"))
    depth = a.shape[0] if transposed_a else a.shape[1]
    site.check(depth == b.shape[1 if transposed_b else 0], f"{a.shape} and {b.shape} don't multiply")
    fields: dict[str, Field] = {"rows": rows, "columns": columns, "depth": depth, "batch": (1, 1, 1, 1)}
    fields["a_row"], fields["a_depth"] = (1, rows) if transposed_a else (depth, 1)
    fields["b_depth"], fields["b_column"] = (1, depth) if transposed_b else (columns, 1)
    fields["alpha"], fields["beta"] = site.number("alpha", 1.0), site.number("beta", 1.0)
    if site.has(2):
        site.check(fits(site.input(2).shape, y.shape), f"its third input {site.input(2).shape} doesn't fit {y.shape}")
        fields["c_row"], fields["c_column"] = broadcast(site.input(2).shape, y.shape)
    reads = (a.name, b.name, site.operand(2))
    macs = rows * columns * depth
    return [Call("matmul_float", "matmul", "matmul", fields, reads, (y.name,), macs=macs)]


def matmul_geometry(site: Site, a: tuple[int, ...], b: tuple[int, ...]) -> dict[str, Field]:
    """The fields of a product of two stacks of matrices; a vector is a matrix of one row (a) or column (b)."""
    site.check(bool(a) and bool(b), "multiplies a scalar")
    a = (1, *a) if len(a) == 1 else a
    b = (*b, 1) if len(b) == 1 else b
    (rows, depth), (other, columns) = a[-2:], b[-2:]
    site.check(depth == other, f"{a} and {b} don't multiply")
    batch = np.broadcast_shapes(a[:-2], b[:-2])
    steps_a = tuple(step * rows * depth for step in broadcast(a[:-2], batch))
    steps_b = tuple(step * depth * columns for step in broadcast(b[:-2], batch))
    batch, steps_a, steps_b = merge(batch, steps_a, steps_b)
    site.check(len(batch) <= _MAX_BATCH_RANK, f"has {len(batch)} batch dimensions, more than {_MAX_BATCH_RANK}")
    return {
        "rows": rows,
        "columns": columns,
        "depth": depth,
        "batch": pad_front(batch, _MAX_BATCH_RANK, 1),
        "a_batch": pad_front(steps_a, _MAX_BATCH_RANK, 0),
        "b_batch": pad_front(steps_b, _MAX_BATCH_RANK, 0),
        "a_row": row_major((rows, depth))[0],
        "a_depth": 1,
        "b_depth": columns,
        "b_column": 1,
    }


def _matmul(site: Site) -> Lowered:
    a, b, y = site.input(0), site.input(1), site.output()
    fields: dict[str, Field] = {**matmul_geometry(site, a.shape, b.shape), "alpha": 1.0}
    macs = math.prod(y.shape) * a.shape[-1]
    return [Call("matmul_float", "matmul", "matmul", fields, (a.name, b.name, None), (y.name,), macs=macs)]


OPERATORS = (Operator("Gemm", _gemm, FLOAT), Operator("MatMul", _matmul, FLOAT))
