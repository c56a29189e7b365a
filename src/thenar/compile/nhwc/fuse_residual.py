"""A residual connection that the model adds in float32 between integer layers, in the convolution before it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from thenar.compile.graph import Array, Graph, Node
from thenar.compile.nhwc.division import inverse
from thenar.compile.nhwc.pack import factors, largest_sums
from thenar.compile.nhwc.served import served, upsampling
from thenar.compile.ops.fixed_point import LIMITS
from thenar.compile.passes.dead import drop_dead

_ROUNDED = 2.0**22
"""Rounding by adding 1.5 * 2^23 works below it."""


def fuse_residual(graph: Graph) -> Graph:
    """QuantizeLinear of the sum, or of its Relu, of a thenar.ConvDequantize and a DequantizeLinear becomes
    nhwc.QConvSum (x, x_scale, x_zero, w, w_scale, w_zero, bias; r, r_scale, r_zero, y_scale, y_zero).

    What rounds where stays as it is: the result is the same, bit for bit.
    """
    producers, alone = graph.producers(), _read_once(graph)
    nodes = [
        _fused(node, graph, producers, alone) or node if node.op == "QuantizeLinear" else node for node in graph.nodes
    ]
    return drop_dead(graph.with_nodes(tuple(nodes)))


def _read_once(graph: Graph) -> set[str]:
    readers = graph.consumers()
    return {name for name, nodes in readers.items() if len(nodes) == 1 and name not in graph.outputs}


def _fused(node: Node, graph: Graph, producers: Mapping[str, Node], alone: set[str]) -> Node | None:
    name, limits = node.inputs[0], dict[str, int]()
    zero, scale = _zero(node, graph), _scale(node, graph)
    if zero is None or scale is None:
        return None
    relu = producers.get(name)
    if relu is not None and relu.op == "Relu" and name in alone:
        name, limits = relu.inputs[0], {"sum_low": int(zero)}
    add = producers.get(name)
    if add is None or add.op != "Add" or name not in alone:
        return None
    for mine, other in (add.inputs, add.inputs[::-1]):
        conv, r = producers.get(mine), producers.get(other)
        shapes = {graph.tensors[each].shape for each in (mine, other, node.outputs[0])}
        if conv is None or r is None or len(shapes) != 1 or mine not in alone or conv.op != "thenar.ConvDequantize":
            continue
        r_zero, r_scale = _zero(r, graph), _scale(r, graph)
        if r.op != "DequantizeLinear" or r_zero is None or r_scale is None or not served(conv, graph):
            continue
        if graph.tensors[r.inputs[0]].data is not None or not _rounds(conv, float(r_scale), float(scale), graph):
            continue
        added, shift = _source(r.inputs[0], graph, producers)
        inputs = (*[*conv.inputs, ""][:7], added, *r.inputs[1:3], *node.inputs[1:3])
        every = {**conv.attributes, **limits, "shift": shift}
        return Node("nhwc.QConvSum", node.name, inputs, node.outputs, every)
    return None


def _scale(node: Node, graph: Graph) -> Array | None:
    """The one scale of QuantizeLinear or DequantizeLinear."""
    scale = graph.constant(node.inputs[1]) if len(node.inputs) == 3 else None
    return scale.reshape(()) if scale is not None and scale.size == 1 and scale.dtype.name == "float32" else None


def _zero(node: Node, graph: Graph) -> Array | None:
    """The one zero point of QuantizeLinear or DequantizeLinear, if it is a byte."""
    zero = graph.constant(node.inputs[2]) if len(node.inputs) == 3 else None
    return zero.reshape(()) if zero is not None and zero.size == 1 and zero.dtype.name in LIMITS else None


def _source(name: str, graph: Graph, producers: Mapping[str, Node]) -> tuple[str, int]:
    """What is added, and by how many bits its rows and columns are fewer."""
    resize = producers.get(name)
    doubled = resize is not None and upsampling(resize, graph) == (2, 2)
    return (resize.inputs[0], 1) if resize is not None and doubled else (name, 0)


def _rounds(conv: Node, r_scale: float, scale: float, graph: Graph) -> bool:
    """Do vector units round the quotient as the reference does, whatever the images?"""
    largest = float(np.max(largest_sums(conv, graph) * factors(conv, graph))) + 256 * r_scale
    return largest < _ROUNDED * scale and inverse(scale, -256, 256) is not None
