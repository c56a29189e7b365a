"""A convolution whose channels are read in parts becomes a convolution for each part: the parts are never copied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thenar.compile.graph import Graph, Node, Tensor
from thenar.compile.passes.dead import drop_dead

_PER_CHANNEL = (3, 4, 5, 6)
"""Inputs of thenar.ConvDequantize with a value for each channel: weights, their scales and zero points, the bias."""


def split_heads(graph: Graph) -> Graph:
    """thenar.ConvDequantize, a Reshape of its rows and columns perhaps, and then only Slices along its channels."""
    consumers = graph.consumers()
    tensors = dict(graph.tensors)
    replaced: dict[int, tuple[Node, ...]] = {}
    for node in graph.nodes:
        if node.op != "thenar.ConvDequantize" or node.attributes.get("group", 1) != 1:
            continue
        name = node.outputs[0]
        readers = consumers.get(name, [])
        if len(readers) == 1 and readers[0].op == "Reshape" and name not in graph.outputs:
            kept = graph.tensors[readers[0].outputs[0]].shape[:2] == graph.tensors[name].shape[:2]
            name, readers = (readers[0].outputs[0], consumers.get(readers[0].outputs[0], [])) if kept else (name, [])
        spans = [_span(reader, graph) for reader in readers]
        if not spans or None in spans or name in graph.outputs:
            continue
        for reader, span in zip(readers, spans, strict=True):
            assert span is not None
            replaced[id(reader)] = _part(node, reader, span, tensors)
    nodes = [part for node in graph.nodes for part in replaced.get(id(node), (node,))]
    return drop_dead(replace(graph, nodes=tuple(nodes), tensors=tensors))


def _span(node: Node, graph: Graph) -> tuple[int, int] | None:
    """The channels that a Slice takes, where it takes neighbours and leaves the other dimensions whole."""
    if node.op != "Slice" or len(node.inputs) < 4:
        return None
    x, y = graph.tensors[node.inputs[0]].shape, graph.tensors[node.outputs[0]].shape
    start, axes = graph.constant(node.inputs[1]), graph.constant(node.inputs[3])
    steps = graph.constant(node.inputs[4]) if len(node.inputs) > 4 else None
    simple = start is not None and axes is not None and axes.size == 1 and (steps is None or bool(np.all(steps == 1)))
    if not simple or start is None or axes is None or int(axes.reshape(())) % len(x) != 1 or x[0] != 1 or y[1] == 0:
        return None
    first = int(start.reshape(()))
    first = first + x[1] if first < 0 else first
    return first, first + y[1]


def _part(conv: Node, reader: Node, span: tuple[int, int], tensors: dict[str, Tensor]) -> tuple[Node, ...]:
    """A convolution to some channels, and their shape where it isn't the image's."""
    result, whole = tensors[reader.outputs[0]], tensors[conv.outputs[0]].shape
    inputs = list(conv.inputs)
    for index in _PER_CHANNEL:
        if index < len(inputs) and inputs[index] and tensors[inputs[index]].size > 1:
            data = tensors[inputs[index]].data
            assert data is not None, "quantized convolutions have constant weights"
            inputs[index] = f"{inputs[index]}/{span[0]}"
            tensors[inputs[index]] = Tensor.constant(inputs[index], data[span[0] : span[1]])
    shape = (1, span[1] - span[0], *whole[2:])
    if result.shape == shape:
        return (replace(conv, name=f"{conv.name}/{span[0]}", inputs=tuple(inputs), outputs=(result.name,)),)
    part = Tensor(f"{result.name}/part", result.dtype, shape)
    target = Tensor.constant(f"{result.name}/shape", np.array(result.shape, np.int64))
    tensors |= {part.name: part, target.name: target}
    return (
        replace(conv, name=f"{conv.name}/{span[0]}", inputs=tuple(inputs), outputs=(part.name,)),
        Node("Reshape", f"{reader.name}/reshape", (part.name, target.name), (result.name,)),
    )
