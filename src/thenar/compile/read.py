"""ONNX to a Graph: every bad model ends here, in one line that names the node or tensor and what to do.

The nodes are walked once, in order. What follows from constants and static shapes is computed on the way (that is how
the shape arithmetic of exported models disappears), everything else gets its type and shape from the standard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from thenar.compile.check import STANDARD_DOMAINS, checked, initializers, renamed, values
from thenar.compile.cut import cut, needed, outside_the_list
from thenar.compile.evaluate import Budget, bounded, evaluate, first_line, infer
from thenar.compile.graph import Array, Attribute, Graph, Node, Tensor
from thenar.compile.load import Source
from thenar.compile.modernize import TODAY, modernize
from thenar.compile.ops import FOLDED, OPERATORS
from thenar.errors import ThenarError

Shapes = Mapping[str, tuple[int, ...]]

_DRAWN = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"}
_KEPT = {"DequantizeLinear"}
"""Not computed while reading although constant: the integer passes look for it."""
_WEIGHTED = {
    *("Conv", "ConvTranspose", "Gemm", "MatMul", "PRelu", "BatchNormalization", "InstanceNormalization"),
    *("LayerNormalization", "QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul"),
}
"""Operators none of whose constants may be infinite, unlike a mask that is added or a bound."""


def read_graph(
    source: Source,
    shapes: Shapes | None = None,
    constants: Mapping[str, Array] | None = None,
    outputs: Sequence[str] = (),
) -> Graph:
    """The Graph of `source`, with the inputs named in `shapes` reshaped and those in `constants` made constants.

    `outputs` names tensors anywhere in the model that take the place of its own outputs; what they don't depend on,
    inputs included, is left out.

    Raises:
        ThenarError: the model is invalid, or a shape isn't static; names the node or tensor and the fix.
    """
    proto, opset = checked(source)
    results = tuple(outputs) or tuple(value.name for value in proto.graph.output)
    nodes = cut(proto.graph.node, outputs, source.where) if outputs else needed(proto.graph.node, results)
    read = {name for node in nodes for name in node.input}
    names = renamed(proto.graph, source.where)
    walk = _Walk(source.where, dict(initializers(proto.graph, source.where, names)))
    ports = [value for value in proto.graph.input if value.name in read or not outputs]
    wanted = [value.name for value in ports if value.name not in walk.tensors]
    if unknown := set(shapes or {}) - set(wanted):
        raise ThenarError(
            f"has no input {sorted(unknown)[0]!r}", where=source.where, fix=f"its inputs are {', '.join(wanted)}"
        )
    inputs = []
    for value in ports:
        if constants is not None and value.name in constants:
            walk.tensors[value.name] = Tensor.constant(value.name, constants[value.name])
        elif value.name not in walk.tensors:
            walk.tensors[value.name] = _input(value, shapes or {}, source.where)
            inputs.append(value.name)
    for index, node in enumerate(nodes):
        walk.add(_node(node, index, opset, source.where, names))
    results = tuple(names.get(name, name) for name in results)
    for name in results:
        if name not in walk.tensors:
            raise ThenarError(f"no node writes its output {name!r}", where=source.where, fix="export it again")
    return Graph(proto.graph.name or "model", tuple(inputs), results, tuple(walk.nodes), walk.tensors)


def _input(value: Any, shapes: Shapes, where: str) -> Tensor:
    from onnx import helper

    if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
        raise ThenarError(f"input {value.name!r} isn't a tensor of known rank", where=where, fix="export it again")
    dims = value.type.tensor_type.shape.dim
    shape = tuple(dim.dim_value if dim.HasField("dim_value") else -1 for dim in dims)
    if (given := shapes.get(value.name)) is not None:
        if len(given) != len(shape) or any(old not in (-1, 0, new) for old, new in zip(shape, given, strict=True)):
            raise ThenarError(
                f"input {value.name!r} is {_dims(dims)}, which {'x'.join(map(str, given))} doesn't fit", where=where
            )
        shape = tuple(given)
    if any(size < 0 for size in shape):
        example = "x".join(str(size) if size >= 0 else "1" for size in shape)
        raise ThenarError(
            f"input {value.name!r} has the dynamic shape {_dims(dims)}",
            where=where,
            fix=f"fix it, for example with --shape {value.name}={example}",
        )
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))
    return bounded(Tensor(value.name, dtype, shape), where)


def _dims(dims: Iterable[Any]) -> str:
    return "x".join(str(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?" for dim in dims)


def _node(node: Any, index: int, opset: int, where: str, names: Mapping[str, str]) -> Node:
    """The NodeProto as a Node: named, with its attributes' defaults filled in from today's schema."""
    from onnx import defs

    name = node.name or f"{node.op_type}_{index}"
    if node.domain not in STANDARD_DOMAINS:
        raise ThenarError(
            f"{node.op_type} node {name!r} is of the domain {node.domain!r}",
            where=where,
            fix="export the model with standard ONNX operators, or leave it out with --outputs",
        )
    attributes = {attribute.name: _attribute(attribute, name, where) for attribute in node.attribute}
    try:
        schema = defs.get_schema(node.op_type, opset, "")
    except defs.SchemaError as error:
        raise ThenarError(
            f"operator set {opset} has no {node.op_type}", where=f"node {name!r}", fix="export it again"
        ) from error
    for key, definition in schema.attributes.items():
        if key not in attributes and definition.default_value.name:
            attributes[key] = _attribute(definition.default_value, name, where)
    inputs, outputs = (tuple(names.get(key, key) for key in keys) for keys in (node.input, node.output))
    return Node(node.op_type, name, inputs, outputs, attributes, opset)


def _attribute(attribute: Any, node: str, where: str) -> Attribute:
    from onnx import helper

    try:
        value = helper.get_attribute_value(attribute)
        if attribute.type == attribute.TENSOR:
            return values(value, f"the values of its attribute {attribute.name!r}", f"node {node!r}")
        if attribute.type in (attribute.FLOAT, attribute.INT):
            return float(value) if attribute.type == attribute.FLOAT else int(value)
        if attribute.type == attribute.STRING:
            return str(value.decode())
        if attribute.type in (attribute.FLOATS, attribute.INTS):
            return tuple(value)
        if attribute.type == attribute.STRINGS:
            return tuple(item.decode() for item in value)
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise ThenarError(f"attribute {attribute.name!r}: {first_line(error)}", where=f"node {node!r}") from error
    raise ThenarError(
        f"attribute {attribute.name!r} of node {node!r} holds a graph or a type the compiler doesn't know",
        where=where,
        fix="export the model without control flow, or leave it out with --outputs",
    )


class _Walk:
    """The tensors known so far, and the nodes that have to run."""

    def __init__(self, where: str, tensors: dict[str, Tensor]) -> None:
        self.where = where
        self.tensors = tensors
        self.nodes: list[Node] = []
        self.budget = Budget(sum(tensor.nbytes for tensor in tensors.values()))

    def add(self, node: Node) -> None:
        """Take `node` in today's form: compute its outputs if its inputs are known, else infer their shapes."""
        for name in node.inputs:
            if name and name not in self.tensors:
                raise ThenarError(
                    f"reads {name!r} before any node writes it: the graph is unsorted or has a cycle",
                    where=str(node),
                    fix="sort the nodes",
                )
        for modern in modernize(node, lambda name: len(self.tensors[name].shape), self._fresh):
            self._add(modern)

    def _fresh(self, value: Array) -> str:
        name = f"/constant_{len(self.tensors)}"
        self.tensors[name] = Tensor.constant(name, value)
        return name

    def _add(self, node: Node) -> None:
        node = _with_defaults(node)
        inputs = [self.tensors[name] if name else None for name in node.inputs]
        _check_finite(node, inputs)
        constant = all(tensor is None or tensor.data is not None for tensor in inputs)
        if node.op not in OPERATORS and node.op not in FOLDED and not constant:
            written = {name for before in self.nodes for name in before.outputs}
            raise outside_the_list(node.op, node.name, node.inputs, written)
        inferred = infer(node, inputs)
        known = constant and node.op not in _KEPT | _DRAWN
        shape_only = node.op in ("Shape", "Size")
        if shape_only or (known and self.budget.take(node, inputs, inferred)):
            self._compute(node, inputs)
            return
        if node.op in FOLDED:
            what = "takes too much memory" if known else "isn't known before the network runs"
            raise ThenarError(f"its result {what}", where=str(node), fix="export the model with static shapes")
        self.tensors.update({tensor.name: tensor for tensor in inferred if tensor is not None})
        self.nodes.append(node)

    def _compute(self, node: Node, inputs: list[Tensor | None]) -> None:
        if node.op in ("Shape", "Size") and inputs[0] is not None:  # only the shape matters, so take an empty stand-in
            view = np.broadcast_to(np.zeros((), inputs[0].dtype), inputs[0].shape)
            inputs = [Tensor(inputs[0].name, inputs[0].dtype, inputs[0].shape, view)]
        for name, value in zip((name for name in node.outputs if name), evaluate(node, inputs), strict=False):
            self.tensors[name] = Tensor.constant(name, value)


def _check_finite(node: Node, inputs: Iterable[Tensor | None]) -> None:
    for tensor in inputs if node.op in _WEIGHTED else ():
        data = tensor.data if tensor is not None else None
        if tensor is not None and data is not None and data.dtype.kind == "f" and not np.isfinite(data).all():
            raise ThenarError(
                f"weights {tensor.name!r} hold infinity or NaN", where=str(node), fix="train or export the model again"
            )


def _with_defaults(node: Node) -> Node:
    """Modernized nodes may lack attributes that today's schema gives a default."""
    if node.version < TODAY:
        return node
    from onnx import defs

    schema = defs.get_schema(node.op, node.version, "")
    missing = {
        key: _attribute(definition.default_value, node.name, "")
        for key, definition in schema.attributes.items()
        if key not in node.attributes and definition.default_value.name
    }
    return replace(node, attributes={**missing, **node.attributes}) if missing else node
