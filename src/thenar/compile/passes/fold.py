"""Compute what depends on constants alone."""

from __future__ import annotations

from thenar.compile.evaluate import evaluate
from thenar.compile.graph import Graph, Node, Tensor


def fold_constants(graph: Graph) -> Graph:
    """Nodes whose inputs are all constants become constants, the dequantized weights of float operators among them."""
    tensors, nodes = dict(graph.tensors), list[Node]()
    for node in graph.nodes:
        inputs = [tensors[name] if name else None for name in node.inputs]
        if node.op.startswith("thenar.") or any(tensor is not None and tensor.data is None for tensor in inputs):
            nodes.append(node)
            continue
        for name, value in zip((name for name in node.outputs if name), evaluate(node, inputs), strict=False):
            tensors[name] = Tensor.constant(name, value)
    return graph.with_nodes(tuple(nodes), *tensors.values())
