"""Old forms of ONNX operators in today's form, so that the rest of the compiler knows one form of each.

Up to operator set 18 the standard turned attribute after attribute into an input (`axes`, `pads`, `split`, ...) and
changed the meaning of a few operators. A model of any age leaves here as if it had been exported for set 21.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from thenar.compile.graph import Array, Attribute, Node
from thenar.errors import ThenarError

TODAY = 21

_POOLS_DEFINED = 22
"""The set that says what ceil_mode means: no window starts in the padding at the end, as in every runtime before."""

_BECAME_INPUTS: dict[str, tuple[tuple[int, tuple[tuple[str, int], ...]], ...]] = {
    # operator: ((set before which the form is old, ((attribute, index of the input that replaced it), ...)), ...)
    "Reshape": ((5, (("shape", 1),)),),
    "Slice": ((10, (("starts", 1), ("ends", 2), ("axes", 3))),),
    "Clip": ((11, (("min", 1), ("max", 2))),),
    "Pad": ((11, (("pads", 1), ("value", 2))),),
    "Upsample": ((9, (("scales", 1),)),),
    "Dropout": ((12, (("ratio", 1),)),),
    "Squeeze": ((13, (("axes", 1),)),),
    "Unsqueeze": ((13, (("axes", 1),)),),
    "Split": ((13, (("split", 1),)),),
    "ReduceSum": ((13, (("axes", 1),)),),
    **{f"Reduce{kind}": ((18, (("axes", 1),)),) for kind in ("Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare")},
    **{f"Reduce{kind}": ((18, (("axes", 1),)),) for kind in ("LogSum", "LogSumExp")},
}

Fresh = Callable[[Array], str]
"""Makes a constant and returns its tensor's name."""


def modernize(node: Node, rank: Callable[[str], int], fresh: Fresh) -> tuple[Node, ...]:
    """`node` in today's form; more than one node where the old one meant several.

    `rank` says how many dimensions a tensor has.

    Raises:
        ThenarError: an old form that no longer has a counterpart (legacy broadcasting, for one).
    """
    if node.op in ("MaxPool", "AveragePool") and node.version < _POOLS_DEFINED:
        return (_without(replace(node, version=_POOLS_DEFINED), "consumed_inputs"),)
    if node.version >= TODAY:
        return (node,)
    original, node = node, replace(node, version=TODAY)
    for before, moved in _BECAME_INPUTS.get(node.op, ()):
        if original.version < before:
            node = _attributes_to_inputs(node, moved, fresh)
    if node.op in ("Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Equal", "Less", "Greater") and original.version < 7:
        return _legacy_broadcast(node, rank, fresh)
    if node.op == "PRelu" and original.version < 7 and rank(node.inputs[1]) == 1:  # one slope for each channel
        return _legacy_broadcast(replace(node, attributes={"axis": 1}), rank, fresh)
    if node.op in ("Softmax", "LogSoftmax") and original.version < 13:
        return _flat_softmax(node, rank, fresh)
    if node.op == "Upsample":
        attributes = {"mode": node.attributes.get("mode", "nearest"), "coordinate_transformation_mode": "asymmetric"}
        inputs = (node.inputs[0], "", node.inputs[1])
        return (replace(node, op="Resize", inputs=inputs, attributes={**attributes, "nearest_mode": "floor"}),)
    if node.op == "Resize" and original.version < 11:
        attributes = {"mode": node.attributes.get("mode", "nearest"), "coordinate_transformation_mode": "asymmetric"}
        inputs = (node.inputs[0], "", node.inputs[1])
        return (replace(node, inputs=inputs, attributes={**attributes, "nearest_mode": "floor"}),)
    if node.op == "BatchNormalization" and original.version < 14:
        return (_without(replace(node, outputs=node.outputs[:1]), "spatial", "is_test", "consumed_inputs"),)
    if node.op == "Split" and len(node.inputs) < 2:
        return (replace(node, attributes={**node.attributes, "num_outputs": len(node.outputs)}),)
    if node.op == "Gemm":
        return (_without(node, "broadcast"),)
    if node.op == "Dropout":
        return (_without(node, "is_test"),)
    return (_without(node, "consumed_inputs"),)


def _without(node: Node, *names: str) -> Node:
    return replace(node, attributes={key: value for key, value in node.attributes.items() if key not in names})


def _attributes_to_inputs(node: Node, moved: tuple[tuple[str, int], ...], fresh: Fresh) -> Node:
    inputs = list(node.inputs)
    for name, index in moved:
        if (value := node.attributes.get(name)) is not None:
            inputs += [""] * (index + 1 - len(inputs))
            inputs[index] = fresh(_as_array(value))
    return _without(replace(node, inputs=tuple(inputs)), *(name for name, _ in moved))


def _as_array(value: Attribute) -> Array:
    array = np.asarray(value)
    return array.astype(np.float32 if array.dtype.kind == "f" else np.int64)


def _legacy_broadcast(node: Node, rank: Callable[[str], int], fresh: Fresh) -> tuple[Node, ...]:
    """Before set 7, `axis` said where the second input's dimensions line up: unsqueeze it on the right."""
    axis, first, second = node.attributes.get("axis"), rank(node.inputs[0]), rank(node.inputs[1])
    node = _without(node, "axis", "broadcast", "consumed_inputs")
    if axis is None or not isinstance(axis, int):
        return (node,)
    right = first - axis % max(first, 1) - second
    if right < 0:
        raise ThenarError(f"axis {axis} doesn't fit its inputs", where=str(node), fix="convert the model to opset 13")
    if right == 0:
        return (node,)
    lined_up = f"{node.outputs[0]}/lined_up"
    axes = fresh(np.arange(second, second + right, dtype=np.int64))
    unsqueeze = Node("Unsqueeze", f"{node.name}/line_up", (node.inputs[1], axes), (lined_up,))
    return (unsqueeze, replace(node, inputs=(node.inputs[0], lined_up)))


def _flat_softmax(node: Node, rank: Callable[[str], int], fresh: Fresh) -> tuple[Node, ...]:
    """Before set 13, softmax ran over everything from `axis` on: flatten, softmax the rows, restore the shape."""
    axis = node.attributes.get("axis", 1)
    dimensions = rank(node.inputs[0])
    if not isinstance(axis, int) or axis % dimensions == dimensions - 1:
        return (replace(node, attributes={"axis": -1}),)
    flat, rows, shape = (f"{node.outputs[0]}/{part}" for part in ("flat", "rows", "shape"))
    return (
        Node("Shape", f"{node.name}/shape", node.inputs, (shape,), {"start": 0}),
        Node("Flatten", f"{node.name}/flatten", node.inputs, (flat,), {"axis": axis}),
        replace(node, inputs=(flat,), outputs=(rows,), attributes={"axis": -1}),
        Node("Reshape", f"{node.name}/restore", (rows, shape), node.outputs, {"allowzero": 0}),
    )
