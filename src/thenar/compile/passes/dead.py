"""Drop what no output depends on."""

from __future__ import annotations

from dataclasses import replace

from thenar.compile.graph import Graph


def drop_dead(graph: Graph) -> Graph:
    """Nodes none of whose results is needed go, and so do tensors that nothing mentions any more."""
    needed = set(graph.outputs)
    kept = []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            needed.update(node.inputs)
            kept.append(node)
    mentioned = needed.union(graph.inputs, (name for node in kept for name in node.outputs))
    tensors = {name: tensor for name, tensor in graph.tensors.items() if name in mentioned}
    return replace(graph, nodes=tuple(reversed(kept)), tensors=tensors)
