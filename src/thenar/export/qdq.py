"""What a quantized ONNX graph needs so that every runtime computes the same from it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from thenar.errors import ThenarError

CONVOLUTIONS = ("Conv", "ConvTranspose")


def float_nodes(model: Any) -> list[str]:
    """Names of the nodes from which no convolution can be reached: the decoding and other heads, which stay float."""
    graph = model.graph
    feeds_conv: set[str] = set()
    names = []
    for node in reversed(graph.node):  # ONNX nodes are in topological order
        is_conv = node.op_type in CONVOLUTIONS
        if is_conv or any(name in feeds_conv for name in node.output):
            feeds_conv.update(node.input)
        else:
            names.append(node.name)
    return names


def float_residuals(model: Any) -> int:
    """Remove, in place, the rounding between a convolution (and its ReLU) and the Add that alone reads it; how many.

    Where both terms of a residual Add are quantized, OpenVINO fuses the Add into the convolution and skips that
    rounding while ONNX Runtime does it: two answers from one file. Without it both agree, and ONNX Runtime loses its
    int8 convolution there.
    """
    graph = model.graph
    producer = {name: node for node in graph.node for name in node.output}
    users = Counter(name for node in graph.node for name in node.input)
    removed = 0
    for add in [node for node in graph.node if node.op_type == "Add"]:
        for index, name in enumerate(add.input):
            chain = _quantized_convolution(name, producer, users)
            if chain is None:
                continue
            quantize, dequantize = chain
            add.input[index] = quantize.input[0]
            graph.node.remove(dequantize)
            graph.node.remove(quantize)
            removed += 1
            break
    return removed


def drop_zero_points(model: Any) -> None:
    """Leave out, in place, the zero points of weights and biases that are zero, as they are where none is given."""
    from onnx import numpy_helper

    values = {initializer.name: initializer for initializer in model.graph.initializer}
    for node in model.graph.node:
        constant = node.op_type == "DequantizeLinear" and len(node.input) == 3 and node.input[0] in values
        if constant and node.input[2] in values and not numpy_helper.to_array(values[node.input[2]]).any():
            # without one the type that is read decides: int8 and int32 alike
            del node.input[2]


def drop_unused(model: Any) -> None:
    """Remove, in place, initializers that no node reads."""
    used = {name for node in model.graph.node for name in node.input}
    kept = [initializer for initializer in model.graph.initializer if initializer.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def check_weights(model: Any) -> None:
    """Every weight that is dequantized is stored as int8.

    Raises:
        ThenarError: a QuantizeLinear works on an initializer, so that the file holds the float weights.
    """
    constants = {initializer.name for initializer in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" and node.input[0] in constants:
            raise ThenarError(f"weight {node.input[0]} is stored as float", fix="fold QuantizeLinear into the weight")


def _quantized_convolution(name: str, producer: dict[str, Any], users: Counter[str]) -> tuple[Any, Any] | None:
    """The QuantizeLinear and DequantizeLinear between a Conv (and its ReLU) and `name`, if nothing else reads them."""
    dequantize = producer.get(name)
    if dequantize is None or dequantize.op_type != "DequantizeLinear" or users[name] > 1:
        return None
    quantize = producer.get(dequantize.input[0])
    if quantize is None or quantize.op_type != "QuantizeLinear" or users[quantize.output[0]] > 1:
        return None
    source = producer.get(quantize.input[0])
    if source is not None and source.op_type == "Relu":
        source = producer.get(source.input[0])
    if source is None or source.op_type != "Conv" or users[quantize.input[0]] > 1:
        return None
    return quantize, dequantize
