"""Valid models with something wrong: a few bytes of the file, or a few fields of the protobuf."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx

_NUMBERS = (-(2**63), -(2**31), -3, -1, 0, 1, 2, 3, 7, 255, 2**16, 2**31 - 1, 2**31, 2**40, 2**63 - 1)
_FLOATS = (0.0, -1.0, 0.5, 1e-30, 1e30, float("inf"), float("nan"))
_TYPES = tuple(range(1, 24))


def mutant(rng: random.Random, corpus: list[bytes]) -> bytes:
    """One of the corpus with one to three mutations, at the level of bytes or of fields."""
    data = rng.choice(corpus)
    if rng.random() < 0.3:
        return _bytes(rng, data)
    model = onnx.load_model_from_string(data)
    for _ in range(rng.randint(1, 3)):
        rng.choice(_MUTATIONS)(rng, model.graph)
    if rng.random() < 0.05:
        model.opset_import[0].version = rng.choice((*_NUMBERS, *range(1, 23))) % 2**31
    return bytes(model.SerializeToString())


def _bytes(rng: random.Random, data: bytes) -> bytes:
    edited = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(edited) + 1), rng.randint(1, 8)
        kind = rng.randrange(5)
        if kind == 0 and at < len(edited):
            edited[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del edited[at : at + length]
        elif kind == 2:
            edited[at:at] = edited[at : at + length]
        elif kind == 3:
            edited[at : at + length] = rng.randbytes(length)
        elif rng.random() < 0.3:
            del edited[at:]
    return bytes(edited)


def _number(rng: random.Random, old: int) -> int:
    return rng.choice((old + 1, old - 1, -old, 2 * old, rng.choice(_NUMBERS))) if -(2**62) < old < 2**62 else 0


def _node(rng: random.Random, graph: Any) -> Any | None:
    return rng.choice(graph.node) if graph.node else None


def _tensor_name(rng: random.Random, graph: Any) -> str:
    names = [value.name for value in (*graph.input, *graph.initializer)]
    return rng.choice(names + [name for node in graph.node for name in node.output] or [""])


def _attribute(rng: random.Random, graph: Any) -> None:
    node = _node(rng, graph)
    if node is None or not node.attribute:
        return
    attribute = rng.choice(node.attribute)
    if rng.random() < 0.1:
        node.attribute.remove(attribute)
    elif rng.random() < 0.05:
        attribute.type = rng.randrange(1, 14)
    elif attribute.type == attribute.INT:
        attribute.i = max(min(_number(rng, attribute.i), 2**63 - 1), -(2**63))
    elif attribute.type == attribute.INTS and attribute.ints:
        if rng.random() < 0.2:
            del attribute.ints[rng.randrange(len(attribute.ints)) :]
        else:
            at = rng.randrange(len(attribute.ints))
            attribute.ints[at] = max(min(_number(rng, attribute.ints[at]), 2**63 - 1), -(2**63))
    elif attribute.type == attribute.FLOAT:
        attribute.f = rng.choice(_FLOATS)
    elif attribute.type == attribute.STRING:
        words = (b"", b"SAME_UPPER", b"SAME_LOWER", b"VALID", b"linear", b"nearest", b"cubic", b"edge", b"\xff", b"CRD")
        attribute.s = rng.choice(words)
    elif attribute.type == attribute.TENSOR:
        _values(rng, attribute.t)


def _values(rng: random.Random, tensor: Any) -> None:
    kind = rng.randrange(4)
    if kind == 0 and tensor.dims:
        at = rng.randrange(len(tensor.dims))
        tensor.dims[at] = max(min(_number(rng, tensor.dims[at]), 2**63 - 1), -(2**63))
    elif kind == 1:
        tensor.data_type = rng.choice(_TYPES)
    elif kind == 2 and tensor.raw_data:
        tensor.raw_data = tensor.raw_data[: rng.randrange(len(tensor.raw_data))]
    elif tensor.raw_data:
        width = {1: 4, 6: 4, 7: 8, 11: 8}.get(tensor.data_type, 1)
        at = rng.randrange(max(len(tensor.raw_data) // width, 1)) * width
        value = np.float32(rng.choice(_FLOATS)).tobytes() if tensor.data_type == 1 else b""
        if width == 8:
            value = np.int64(rng.choice(_NUMBERS)).tobytes()
        tensor.raw_data = tensor.raw_data[:at] + (value or rng.randbytes(width)) + tensor.raw_data[at + width :]


def _initializer(rng: random.Random, graph: Any) -> None:
    if graph.initializer:
        _values(rng, rng.choice(graph.initializer))


def _inputs(rng: random.Random, graph: Any) -> None:
    node = _node(rng, graph)
    if node is None or not node.input:
        return
    at, kind = rng.randrange(len(node.input)), rng.randrange(5)
    if kind == 0:
        other = rng.randrange(len(node.input))
        node.input[at], node.input[other] = node.input[other], node.input[at]
    elif kind == 1:
        node.input[at] = ""
    elif kind == 2:
        del node.input[at:]
    elif kind == 3:
        node.input.append(_tensor_name(rng, graph))
    else:
        node.input[at] = _tensor_name(rng, graph)


def _outputs(rng: random.Random, graph: Any) -> None:
    node = _node(rng, graph)
    if node is None or not node.output:
        return
    at, kind = rng.randrange(len(node.output)), rng.randrange(4)
    if kind == 0:
        node.output[at] = ""
    elif kind == 1:
        node.output.append("extra")
    elif kind == 2:
        del node.output[at:]
    else:
        node.output[at] = _tensor_name(rng, graph)


def _order(rng: random.Random, graph: Any) -> None:
    node, kind = _node(rng, graph), rng.randrange(3)
    if node is None:
        return
    copied = onnx.NodeProto()
    copied.CopyFrom(node)
    if kind != 0:
        graph.node.remove(node)
    if kind != 1:
        graph.node.insert(rng.randrange(len(graph.node) + 1), copied)


_SWAPS = ("Relu", "Conv", "Add", "Reshape", "MaxPool", "Softmax", "Transpose", "Div", "Gather", "Concat", "Cast", "Not",
          "QuantizeLinear", "DequantizeLinear", "ReduceSum", "Acos", "If", "Sigmoid", "Pow", "Clip", "Mul")  # fmt: skip


def _operator(rng: random.Random, graph: Any) -> None:
    node = _node(rng, graph)
    if node is not None:
        node.op_type = rng.choice(_SWAPS)
        if rng.random() < 0.05:
            node.domain = "elsewhere"
        if rng.random() < 0.7:
            del node.attribute[:]


def _port(rng: random.Random, graph: Any) -> None:
    port = rng.choice([*graph.input, *graph.output] or [onnx.ValueInfoProto()])
    dims, kind = port.type.tensor_type.shape.dim, rng.randrange(4)
    if kind == 0:
        port.type.tensor_type.elem_type = rng.choice(_TYPES)
    elif kind == 1 and dims:
        del dims[rng.randrange(len(dims)) :]
    elif dims:
        dim = rng.choice(dims)
        dim.dim_value = max(min(_number(rng, dim.dim_value), 2**63 - 1), -(2**63))


def _follow(rng: random.Random, graph: Any) -> None:
    """Another node after what the model gives, which becomes its output."""
    if graph.output:
        name, op = graph.output[0].name, rng.choice(_SWAPS)
        inputs = [name, *(_tensor_name(rng, graph) for _ in range(rng.randrange(3)))]
        graph.node.append(onnx.helper.make_node(op, inputs, ["after"], name="after"))
        graph.output[0].name = "after"
        graph.output[0].type.tensor_type.shape.ClearField("dim")


_MUTATIONS: tuple[Callable[[random.Random, Any], None], ...] = (
    *(_attribute, _attribute, _attribute, _initializer, _initializer, _inputs, _inputs),
    *(_outputs, _order, _operator, _port, _port, _follow),
)
