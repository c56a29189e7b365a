"""One node at a time, by the standard's own rules: types and shapes from its schemas, values from its evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from thenar.compile.graph import Array, Node, Tensor
from thenar.errors import ThenarError

MAX_BYTES = 2**31 - 1
"""No tensor may be larger: offsets in the generated C are 32-bit."""

_FOLDED_BYTES = 2**26
_FOLDED_GROWTH = 8
"""Bytes of computed constants, and how many more for each byte of weights (int8 weights become float32 ones)."""

_PRODUCTS = {"Conv", "ConvTranspose", "ConvInteger", "Gemm", "MatMul", "MatMulInteger", "QLinearConv", "QLinearMatMul"}
_FOLDED_WORK = 2**24
"""Input elements times output elements up to which such a node is computed; the reference evaluator is slow."""

_MAX_SHAPE_DATA = 4096
"""Elements of a constant up to which shape inference gets to see its values (shapes, axes, pads; not weights)."""


def proto(node: Node) -> Any:
    """The node as an ONNX NodeProto."""
    from onnx import helper, numpy_helper

    attributes = {
        key: numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        for key, value in node.attributes.items()
        if value is not None and not (isinstance(value, tuple) and not value)
    }
    return helper.make_node(node.op, list(node.inputs), list(node.outputs), name=node.name, **attributes)


def infer(node: Node, inputs: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """Type and shape of each output, by the operator's schema.

    Raises:
        ThenarError: the standard says that the node can't be, or a dimension stays unknown.
    """
    from onnx import defs, helper, numpy_helper, shape_inference

    parts = node.attributes.get("num_outputs") if node.op == "Split" else None
    if parts is not None and parts != len(node.outputs):  # which would end the process
        raise ThenarError(f"splits into {parts}, not {len(node.outputs)}", where=str(node), fix="check the model")
    types, data = {}, {}
    for name, tensor in zip(node.inputs, inputs, strict=True):
        if tensor is not None:
            types[name] = helper.make_tensor_type_proto(helper.np_dtype_to_tensor_dtype(tensor.dtype), tensor.shape)
            if tensor.data is not None and tensor.size <= _MAX_SHAPE_DATA:
                data[name] = numpy_helper.from_array(tensor.data, name)
    try:
        schema = defs.get_schema(node.op, node.version, "")
        opsets = [helper.make_opsetid("", node.version)]
        inferred = shape_inference.infer_node_outputs(schema, proto(node), types, data, opset_imports=opsets)
    except Exception as error:  # onnx raises several unrelated types for a node that can't be
        raise ThenarError(f"ONNX refuses it: {first_line(error)}", where=str(node), fix="check the model") from error
    return tuple(_static(node, name, inferred.get(name)) if name else None for name in node.outputs)


def _static(node: Node, name: str, inferred: Any) -> Tensor:
    from onnx import helper

    if inferred is None or not inferred.HasField("tensor_type") or not inferred.tensor_type.HasField("shape"):
        raise ThenarError(
            f"the shape of its output {name!r} depends on values known only at run time",
            where=str(node),
            fix="export the model with static shapes",
        )
    dims = inferred.tensor_type.shape.dim
    if not all(dim.HasField("dim_value") and dim.dim_value >= 0 for dim in dims):
        raise ThenarError(
            f"its output {name!r} has a dynamic dimension", where=str(node), fix="fix it with --shape INPUT=1x3x320x320"
        )
    shape = tuple(dim.dim_value for dim in dims)
    return bounded(
        Tensor(name, np.dtype(helper.tensor_dtype_to_np_dtype(inferred.tensor_type.elem_type)), shape), str(node)
    )


def bounded(tensor: Tensor, where: str) -> Tensor:
    """`tensor`, or a ThenarError where it is larger than the generated code could address."""
    if tensor.dtype.kind == "O":
        raise ThenarError(f"tensor {tensor.name!r} holds strings", where=where, fix="leave text out of the model")
    if max((*tensor.shape, tensor.nbytes)) > MAX_BYTES:
        raise ThenarError(
            f"tensor {tensor.name!r} would be {'x'.join(map(str, tensor.shape))} {tensor.dtype}",
            where=where,
            fix="choose a smaller input; a tensor is limited to 2 GB",
        )
    return tensor


@dataclass
class Budget:
    """How much may still be computed while compiling, for a model with `weights` bytes of constants.

    What goes beyond it stays in the network: a small file can't make the compiler fill the memory or count for hours.
    """

    weights: int
    taken: int = 0

    def take(self, node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor | None]) -> bool:
        """Is there room for the results of a node, all of whose inputs are constants? If so it is taken."""
        size = sum(tensor.nbytes for tensor in outputs if tensor is not None)
        if self.taken + size > _FOLDED_BYTES + _FOLDED_GROWTH * self.weights:
            return False
        if node.op in _PRODUCTS:
            most = max((tensor.size for tensor in inputs if tensor is not None), default=0)
            if most * max((tensor.size for tensor in outputs if tensor is not None), default=0) > _FOLDED_WORK:
                return False
        self.taken += size
        return True


def evaluate(node: Node, inputs: Sequence[Tensor | None]) -> tuple[Array, ...]:
    """The values of a node whose inputs are all known, by ONNX's reference evaluator.

    Floats that become integers are saturated as the kernels do it; the standard leaves open what doesn't fit.

    Raises:
        ThenarError: the evaluator doesn't know the operator or fails on it.
    """
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    if node.op == "Cast" and inputs[0] is not None and inputs[0].data is not None and inputs[0].dtype.kind == "f":
        kind = np.dtype(helper.tensor_dtype_to_np_dtype(node.attributes["to"]))
        if kind.kind in "iu":
            return (saturated(inputs[0].data, kind),)
    feeds = {name: tensor.data for name, tensor in zip(node.inputs, inputs, strict=True) if tensor is not None}
    graph = helper.make_graph(
        [proto(node)],
        "one_node",
        [helper.make_value_info(name, helper.make_tensor_type_proto(0, None)) for name in feeds],
        [helper.make_value_info(name, helper.make_tensor_type_proto(0, None)) for name in node.outputs if name],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", node.version)])
    try:
        with np.errstate(all="ignore"):
            values = ReferenceEvaluator(model).run(None, feeds)
    except Exception as error:  # the evaluator raises whatever NumPy raises
        raise ThenarError(
            f"its constant inputs can't be evaluated: {first_line(error)}", where=str(node), fix="check the model"
        ) from error
    return tuple(np.asarray(value) for value in values)


def saturated(values: Array, kind: np.dtype[Any]) -> Array:
    """Floats as integers, cut towards zero: what doesn't fit becomes the nearest that does, NaN becomes 0."""
    low, high = np.iinfo(kind).min, np.iinfo(kind).max
    above, below = values >= np.float64(high), values <= np.float64(low)
    inside = np.where(above | below | np.isnan(values), 0, values).astype(kind)
    return np.where(above, kind.type(high), np.where(below, kind.type(low), inside)).astype(kind)


def first_line(error: BaseException) -> str:
    """The first line of an exception's text, short enough for an error of one line."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
