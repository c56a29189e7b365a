"""Padding that follows from shapes is written down, so that fast kernels see plain numbers."""

from __future__ import annotations

from dataclasses import replace

from thenar.compile.graph import Graph, Node
from thenar.compile.ops.site import Site
from thenar.compile.ops.window import window

_WEIGHTS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3}
"""Operators whose kernel has the spatial shape of this input; pools have it as an attribute."""


def explicit_padding(graph: Graph) -> Graph:
    """auto_pad SAME_UPPER, SAME_LOWER and VALID become pads; a pool that rounds its size up keeps what it has."""
    return graph.with_nodes(tuple(_explicit(node, graph) for node in graph.nodes))


def _explicit(node: Node, graph: Graph) -> Node:
    convolution = node.op in _WEIGHTS
    if not convolution and (node.op not in ("MaxPool", "AveragePool") or node.attributes.get("ceil_mode")):
        return node
    if node.attributes.get("auto_pad", "NOTSET") == "NOTSET":
        return node
    site = Site(node, graph)
    kernel = graph.tensors[node.inputs[_WEIGHTS[node.op]]].shape[2:] if convolution else site.integers("kernel_shape")
    found = window(site, graph.tensors[node.inputs[0]].shape[2:], kernel)
    pads = (*found.pad, *found.pad_end)
    return replace(node, attributes={**node.attributes, "auto_pad": "NOTSET", "pads": pads})
