"""Is a ModelProto a model: the standard's own rules, and limits that keep everything after it bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from thenar.compile.evaluate import bounded, first_line
from thenar.compile.graph import Array, Tensor
from thenar.compile.load import Source
from thenar.errors import ThenarError

STANDARD_DOMAINS = ("", "ai.onnx")

_MAX_NODES = 100_000
"""Nodes after functions are expanded: ten times the largest published networks."""


def checked(source: Source) -> tuple[Any, int]:
    """The model without functions, and the version of the operator set that it is written in.

    Raises:
        ThenarError: the standard forbids it, or it is too large or of a set that the installed onnx doesn't know.
    """
    import onnx
    from onnx import inliner

    proto, where = source.proto, source.where
    _check_text(proto, where)
    try:
        onnx.checker.check_model(_outputs_shaped(proto))
        if _expanded(proto) > _MAX_NODES:
            raise ThenarError(f"has more than {_MAX_NODES} nodes", where=where, fix="compile a part of it")
        if proto.functions:
            proto = inliner.inline_local_functions(proto)
    except ThenarError:
        raise
    except Exception as error:  # the checker's and the inliner's own errors, and protobuf's
        raise ThenarError(f"invalid: {first_line(error)}", where=where, fix="export it again") from error
    opset = next((entry.version for entry in proto.opset_import if entry.domain in STANDARD_DOMAINS), None)
    if opset is None or not 1 <= opset <= onnx.defs.onnx_opset_version():
        raise ThenarError(
            f"needs ONNX operator set {opset}", where=where, fix="install a newer onnx or export an older set"
        )
    names = [value.name for value in proto.graph.output]
    if not names or len(set(names)) < len(names):
        what = "names one output twice" if names else "has no output"
        raise ThenarError(what, where=where, fix="export it with outputs of different names")
    return proto, opset


def _check_text(proto: Any, where: str) -> None:
    """ThenarError where a name isn't UTF-8, which protobuf hands out as bytes."""
    graph = proto.graph
    named = (graph, *graph.node, *graph.input, *graph.output, *graph.initializer)
    names = [item.name for item in named]
    for node in graph.node:
        names += [node.op_type, node.domain, *node.input, *node.output, *(item.name for item in node.attribute)]
    for value in graph.input:
        names += [dim.dim_param for dim in value.type.tensor_type.shape.dim]
    if not all(isinstance(name, str) for name in names):
        raise ThenarError("holds a name that isn't UTF-8", where=where, fix="export it again")


def _outputs_shaped(proto: Any) -> Any:
    """`proto`, for the checker, which wants a shape for every output; runtimes don't, nor does the compiler."""
    shapeless = [value for value in proto.graph.output if not value.type.tensor_type.HasField("shape")]
    if not shapeless:
        return proto
    shaped = type(proto)()
    shaped.CopyFrom(proto)
    for value in shaped.graph.output:
        if value.type.HasField("tensor_type"):
            value.type.tensor_type.shape.SetInParent()
    return shaped


def _expanded(proto: Any) -> int:
    """Nodes once every call of a function is replaced by the function's nodes; the checker has ruled out recursion."""
    functions = {(function.domain, function.name): function for function in proto.functions}
    sizes: dict[tuple[str, str], int] = {}

    def size(nodes: Iterable[Any]) -> int:
        total = 0
        for node in nodes:
            key = node.domain, node.op_type
            if key in functions and key not in sizes:
                sizes[key] = size(functions[key].node)
            total += sizes.get(key, 1)
        return total

    return size(proto.graph.node)


def renamed(graph: Any, where: str) -> dict[str, str]:
    """New names for tensors that are called like a part of another one.

    The compiler calls its own tensors NAME/something after the model's NAME, so none of the model's may be called so.

    Raises:
        ThenarError: such a tensor is an input or an output of the model.
    """
    ports = {value.name for value in (*graph.input, *graph.output)}
    names = ports | {item.name for item in graph.initializer} | {name for node in graph.node for name in node.output}
    names.discard("")
    changed: dict[str, str] = {}
    for name in sorted(names):
        parts = name.split("/")
        owner = next((prefix for at in range(1, len(parts)) if (prefix := "/".join(parts[:at])) in names), None)
        if owner is None:
            continue
        if name in ports:
            raise ThenarError(f"{name!r} is called like a part of {owner!r}", where=where, fix="rename one of them")
        fresh = ".".join(parts)
        while fresh in names:
            fresh += "_"
        names.add(fresh)
        changed[name] = fresh
    return changed


def initializers(graph: Any, where: str, names: Mapping[str, str]) -> Iterable[tuple[str, Tensor]]:
    """The model's weights by name, changed as `names` says.

    Raises:
        ThenarError: weights are sparse, can't be read, or hold NaN.
    """
    if graph.sparse_initializer:
        raise ThenarError("has sparse weights", where=where, fix="export it with dense weights")
    for item in graph.initializer:
        array, name = values(item, f"weights {item.name!r}", where), names.get(item.name, item.name)
        yield name, bounded(Tensor.constant(name, array), where)


def values(item: Any, what: str, where: str) -> Array:
    """The values of a TensorProto that holds them itself.

    Raises:
        ThenarError: they can't be read or hold NaN; names `what`.
    """
    from onnx import numpy_helper

    if item.data_location == item.EXTERNAL:
        raise ThenarError(f"{what} are in another file", where=where, fix="compile from the model's path")
    try:
        array = np.asarray(numpy_helper.to_array(item))
    except Exception as error:  # whatever NumPy says about a buffer of the wrong size or type
        raise ThenarError(f"{what} can't be read: {first_line(error)}", where=where, fix="export it again") from error
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ThenarError(f"{what} hold NaN", where=where, fix="train or export the model again")
    return array
