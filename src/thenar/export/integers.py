"""Biases and weights that an int8 file stores as integers, each behind a DequantizeLinear."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thenar.export.qdq import CONVOLUTIONS

LARGE = 1024
"""Numbers in a weight from which int8 is worth its scales."""
_INT32_MAX = np.iinfo(np.int32).max


def integer_biases(model: Any, *, multiply: bool = False) -> int:
    """Write the biases of quantized convolutions as int32 in units of input scale x weight scale, in place; how many.

    multiply: the file says that the scales are that product, which a runtime computes once, and doesn't hold them.
    That is the accumulator's unit, so integer kernels start from it. A float bias is rounded to it by each runtime in a
    way of its own, and layer after layer their answers part. A bias too large for int32 stays float.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    values = {initializer.name: initializer for initializer in graph.initializer}
    producer = {name: node for node in graph.node for name in node.output}
    users = Counter(name for node in graph.node for name in node.input)
    written = 0
    for conv in [node for node in graph.node if node.op_type in CONVOLUTIONS and len(node.input) == 3]:
        sources = [producer.get(name) for name in conv.input[:2]]
        if any(source is None or source.op_type != "DequantizeLinear" for source in sources):
            continue
        if conv.input[2] not in values:
            continue
        names = [source.input[1] for source in sources if source]
        scale_x, scale_w = (numpy_helper.to_array(values[name]) for name in names)
        bias = numpy_helper.to_array(values[conv.input[2]])
        if scale_w.size not in (1, bias.size):  # of a transposed convolution in groups
            continue
        product = (scale_x * scale_w).astype(np.float32)
        scale = np.broadcast_to(product, bias.shape).copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.rint(bias.astype(np.float64) / scale)
        if not (np.abs(steps) < _INT32_MAX).all():
            continue
        name = conv.input[2]
        if users[name] == 1:
            graph.initializer.remove(values[name])
        else:
            name = f"{conv.name}.bias"
        _dequantize(graph, conv, 2, name, steps.astype(np.int32), scale, axis=0)
        if multiply and product.shape == bias.shape:
            del graph.initializer[-1]
            at = list(graph.node).index(conv) - 1
            graph.node.insert(at, helper.make_node("Mul", names, [f"{name}.scale"], name=f"{name}.mul"))
        written += 1
    return written


def integer_weights(model: Any) -> int:
    """Store the weights of large Gemms that stay float as int8, in place, with a scale for each output; how many.

    They are computed in float from what is stored, so that every runtime has the same weights.
    """
    from onnx import numpy_helper

    graph = model.graph
    values = {initializer.name: initializer for initializer in graph.initializer}
    written = 0
    for gemm in [node for node in graph.node if node.op_type == "Gemm" and node.input[1] in values]:
        name = gemm.input[1]
        weight = numpy_helper.to_array(values[name])
        if weight.dtype != np.float32 or weight.size < LARGE:
            continue
        outputs = 0 if any(attribute.name == "transB" and attribute.i for attribute in gemm.attribute) else 1
        scale = np.maximum(np.abs(weight).max(1 - outputs), np.finfo(np.float32).tiny) / np.float32(127)
        steps = np.rint(weight / np.expand_dims(scale, 1 - outputs)).astype(np.int8)
        _dequantize(graph, gemm, 1, name, steps, scale, axis=outputs)
        written += 1
    return written


def _dequantize(
    graph: Any, node: Any, index: int, name: str, steps: NDArray[Any], scale: NDArray[np.float32], axis: int
) -> None:
    """Let `node` read its input `index` from stored `steps` and, stored last, their `scale`."""
    from onnx import helper, numpy_helper

    new = {f"{name}.quantized": steps, f"{name}.scale": scale}
    graph.initializer.extend(numpy_helper.from_array(value, key) for key, value in new.items())
    out = f"{name}.dequantized"
    dequantize = helper.make_node("DequantizeLinear", list(new), [out], name=f"{name}.dq", axis=axis)
    graph.node.insert(list(graph.node).index(node), dequantize)
    node.input[index] = out
