"""The operators that the compiler claims: one file per family, one table of all."""

from __future__ import annotations

from thenar.compile.ops import (
    binary,
    conv,
    matmul,
    movement,
    normalize,
    pool,
    qelementwise,
    qlinear,
    quantize,
    reduce,
    resize,
    unary,
)
from thenar.compile.ops.site import Operator

_FAMILIES = (
    unary,
    binary,
    conv,
    matmul,
    pool,
    normalize,
    reduce,
    movement,
    resize,
    quantize,
    qlinear,
    qelementwise,
)

OPERATORS: dict[str, Operator] = {operator.name: operator for family in _FAMILIES for operator in family.OPERATORS}
"""By ONNX name; those whose name starts with "thenar." are the compiler's own, made by its passes."""

FOLDED = ("Constant", "ConstantOfShape", "Shape", "Size", "Range")
"""Operators that never run: their values are known while compiling, or the model is refused."""
