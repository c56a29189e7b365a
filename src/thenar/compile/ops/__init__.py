"""The operators that the compiler claims: one file per family, one table of all."""

from __future__ import annotations

from thenar.compile.ops import binary, conv, matmul, movement, normalize, pool, reduce, resize, unary
from thenar.compile.ops.site import Operator

_FAMILIES = (unary, binary, conv, matmul, pool, normalize, reduce, movement, resize)

OPERATORS: dict[str, Operator] = {operator.name: operator for family in _FAMILIES for operator in family.OPERATORS}

FOLDED = ("Constant", "ConstantOfShape", "Shape", "Size", "Range")
"""Operators that never run: their values are known while compiling, or the model is refused."""
