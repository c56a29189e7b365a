"""Compute what depends on constants alone."""

from __future__ import annotations

from thenar.compile.evaluate import Budget, evaluate
from thenar.compile.graph import Graph, Node, Tensor


def fold_constants(graph: Graph) -> Graph:
    """Nodes whose inputs are all constants become constants, the dequantized weights of float operators among them."""
    tensors, nodes = dict(graph.tensors), list[Node]()
    budget = Budget(sum(tensor.nbytes for tensor in tensors.values() if tensor.data is not None))
    for node in graph.nodes:
        inputs = [tensors[name] if name else None for name in node.inputs]
        known = all(tensor is None or tensor.data is not None for tensor in inputs)
        outputs = [tensors[name] for name in node.outputs if name]
        if node.op.startswith("thenar.") or not known or not budget.take(node, inputs, outputs):
            nodes.append(node)
            continue
        for name, value in zip((name for name in node.outputs if name), evaluate(node, inputs), strict=False):
            tensors[name] = Tensor.constant(name, value)
    return graph.with_nodes(tuple(nodes), *tensors.values())
