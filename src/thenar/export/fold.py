"""Batch norm disappears into the convolution before it: one operator fewer and nothing to quantize."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARRAY = NDArray[Any]


def fold_batch_norm(model: Any) -> int:
    """Fold every BatchNormalization that alone follows a Conv or ConvTranspose, in place; the number folded.

    y = gamma (conv(x) - mean) / sqrt(var + eps) + beta, so each output channel's weights are multiplied by
    gamma / sqrt(var + eps) and its bias follows (Ioffe and Szegedy 2015, section 3.1). Computed in float64.
    """
    graph = model.graph
    values = _initializers(graph)
    users = Counter(name for node in graph.node for name in node.input)
    users.update(output.name for output in graph.output)
    convolutions = {node.output[0]: node for node in graph.node if node.op_type in ("Conv", "ConvTranspose")}
    folded = 0
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = convolutions.get(norm.input[0])
        constant = all(name in values for name in norm.input[1:5])
        if conv is None or users[conv.output[0]] != 1 or conv.input[1] not in values or not constant:
            continue
        gamma, beta, mean, variance = (values[name].astype(np.float64) for name in norm.input[1:5])
        factor = gamma / np.sqrt(variance + _attribute(norm, "epsilon", 1e-5))
        weight = values[conv.input[1]].astype(np.float64)
        bias = values[conv.input[2]].astype(np.float64) if len(conv.input) > 2 else 0.0
        name = conv.input[1] if users[conv.input[1]] == 1 else f"{conv.name}.weight"
        values[name] = _scale_outputs(weight, factor, conv).astype(np.float32)
        values[_bias_name(name)] = ((bias - mean) * factor + beta).astype(np.float32)
        conv.input[:] = [conv.input[0], name, _bias_name(name)]
        _rename(graph, conv, norm.output[0])
        graph.node.remove(norm)
        folded += 1
    _write_initializers(graph, values)
    return folded


def resolve_aliases(model: Any) -> None:
    """Remove, in place, Identity nodes that only give an initializer a second name; PyTorch writes them for equals."""
    graph = model.graph
    constants = {initializer.name for initializer in graph.initializer}
    outputs = {output.name for output in graph.output}
    alias: dict[str, str] = {}
    for node in [node for node in graph.node if node.op_type == "Identity"]:
        source = alias.get(node.input[0], node.input[0])
        if source in constants and node.output[0] not in outputs:
            alias[node.output[0]] = source
            graph.node.remove(node)
    for node in graph.node:
        node.input[:] = [alias.get(name, name) for name in node.input]


def _scale_outputs(weight: ARRAY, factor: ARRAY, conv: Any) -> ARRAY:
    """`weight` with each output channel multiplied: axis 0 of a Conv; axis 1 within each group of a ConvTranspose."""
    if conv.op_type == "Conv":
        return weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    groups = int(_attribute(conv, "group", 1))
    grouped = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
    grouped = grouped * factor.reshape(groups, 1, -1, *[1] * (weight.ndim - 2))
    return grouped.reshape(weight.shape)


def _rename(graph: Any, conv: Any, norm_output: str) -> None:
    """What read the batch norm now reads the convolution."""
    if any(output.name == norm_output for output in graph.output):
        conv.output[0] = norm_output
        return
    for node in graph.node:
        node.input[:] = [conv.output[0] if name == norm_output else name for name in node.input]


def _bias_name(weight_name: str) -> str:
    return weight_name.removesuffix(".weight") + ".bias"


def _attribute(node: Any, name: str, default: float) -> float:
    for attribute in node.attribute:
        if attribute.name == name:
            return float(attribute.i if name == "group" else attribute.f)
    return default


def _initializers(graph: Any) -> dict[str, ARRAY]:
    from onnx import numpy_helper

    return {initializer.name: numpy_helper.to_array(initializer) for initializer in graph.initializer}


def _write_initializers(graph: Any, values: dict[str, ARRAY]) -> None:
    """Make `values` the initializers of `graph`, in name order of first use, without those that nothing reads."""
    from onnx import numpy_helper

    used = dict.fromkeys(name for node in graph.node for name in node.input)
    del graph.initializer[:]
    graph.initializer.extend(numpy_helper.from_array(values[name], name) for name in used if name in values)
