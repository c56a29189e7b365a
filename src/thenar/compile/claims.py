"""What the compiler claims, asked of a model: the list of standard tests to run follows from this, not from results."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from thenar.compile.c_types import TYPES
from thenar.compile.ops import FOLDED, OPERATORS


def refusal(model: Any) -> str | None:
    """Why a ModelProto lies outside the claimed operators, types and uses; None where it lies inside."""
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx") or not (node.op_type in OPERATORS or node.op_type in FOLDED):
            return f"operator {node.domain}.{node.op_type}".replace(" .", " ")
        if _trains(node, model):
            return f"{node.op_type} in training mode"
    types = [_type(value) for value in (*model.graph.input, *model.graph.output)]
    unknown = sorted({kind for kind in types if kind not in TYPES})
    return f"type {unknown[0]}" if unknown else None


def _type(value: Any) -> str:
    from onnx import helper

    if not value.type.HasField("tensor_type"):
        return str(value.type.WhichOneof("value")).removesuffix("_type")
    return str(np.dtype(helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)).name)


def _trains(node: Any, model: Any) -> bool:
    if node.op_type == "BatchNormalization":
        return any(attribute.name == "training_mode" and attribute.i for attribute in node.attribute)
    inputs = {value.name for value in model.graph.input}
    return node.op_type == "Dropout" and len(node.input) > 2 and node.input[2] in inputs


def claimed() -> tuple[str, ...]:
    """The ONNX operators that compile, by name; those that only fold while compiling are among them."""
    return tuple(sorted({*(name for name in OPERATORS if not name.startswith("thenar.")), *FOLDED}))


def operators_table() -> str:
    """The claimed operators and the element types of their first input, as a Markdown table."""
    types: dict[frozenset[str], list[str]] = {}
    for name, operator in sorted(OPERATORS.items()):
        if name.startswith("thenar."):
            continue
        types.setdefault(operator.types, []).append(name)
    rows = sorted(types.items(), key=lambda row: (-len(row[1]), sorted(row[0])))
    lines = ["| types | operators |", "| --- | --- |"]
    lines += [f"| {', '.join(sorted(kinds, key=_order))} | {', '.join(names)} |" for kinds, names in rows]
    return "\n".join([*lines, f"| folded while compiling | {', '.join(FOLDED)} |"])


def _order(kind: str) -> tuple[str, int]:
    return kind.rstrip("0123456789"), int("0" + "".join(filter(str.isdigit, kind)))


def excluded(models: dict[str, Any]) -> Counter[str]:
    """Reason -> how many of the models (name -> ModelProto) it leaves out."""
    reasons = (refusal(model) for model in models.values())
    return Counter(reason for reason in reasons if reason is not None)
