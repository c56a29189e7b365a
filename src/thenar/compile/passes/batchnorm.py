"""Fold batch normalization into the convolution before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thenar.compile.graph import Array, Graph, Node, Tensor


def fold_batchnorm(graph: Graph) -> Graph:
    """Conv -> BatchNormalization becomes one Conv with scaled weights: w' = w * f, b' = (b - mean) * f + bias, where
    f = scale / sqrt(variance + epsilon) per output channel. Only where nothing else reads the convolution's result."""
    producers, consumers = graph.producers(), graph.consumers()
    nodes, extra, gone = [], [], set()
    folded: dict[int, Node] = {}
    for node in graph.nodes:
        conv = producers.get(node.inputs[0]) if node.op == "BatchNormalization" else None
        if conv is None or conv.op != "Conv" or len(consumers[conv.outputs[0]]) > 1 or conv.outputs[0] in graph.outputs:
            continue
        weights = _folded_weights(graph, conv, node)
        if weights is None:
            continue
        w = Tensor.constant(f"{node.outputs[0]}/weights", weights[0])
        b = Tensor.constant(f"{node.outputs[0]}/bias", weights[1])
        extra += [w, b]
        folded[id(conv)] = replace(conv, inputs=(conv.inputs[0], w.name, b.name), outputs=node.outputs[:1])
        gone.add(id(node))
    for node in graph.nodes:
        if id(node) not in gone:
            nodes.append(folded.get(id(node), node))
    return graph.with_nodes(tuple(nodes), *extra)


def _folded_weights(graph: Graph, conv: Node, norm: Node) -> tuple[Array, Array] | None:
    w = graph.constant(conv.inputs[1])
    statistics = [graph.constant(name) for name in norm.inputs[1:5]]
    bias = graph.constant(conv.inputs[2]) if len(conv.inputs) > 2 and conv.inputs[2] else np.float32(0)
    if w is None or bias is None or norm.attributes.get("training_mode"):
        return None
    epsilon = norm.attributes.get("epsilon", 1e-5)
    known = [np.asarray(value, np.float64) for value in statistics if value is not None]
    if len(known) != 4 or not isinstance(epsilon, float):
        return None
    scale, shift, mean, variance = known
    factor = scale / np.sqrt(variance + epsilon)
    scaled = w * factor.reshape(-1, *(1 for _ in w.shape[1:]))
    return scaled.astype(np.float32), ((np.asarray(bias) - mean) * factor + shift).astype(np.float32)
