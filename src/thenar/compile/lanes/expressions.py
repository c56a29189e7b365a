"""Elementwise float32 operators that follow each other become one: lanes.Map, with the C expression of all of them.

Mul(x, Sigmoid(x)) becomes lanes.Map(x) with the expression "(a * thenar_sigmoid16(a))"; the tensor between the two is
never written. Constants of one value become part of the expression.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from thenar.compile.c_types import literal
from thenar.compile.graph import Graph, Node
from thenar.compile.lanes.maps import NAMES, strides_of
from thenar.compile.passes.dead import drop_dead

_BINARY = {
    **{"Add": "({} + {})", "Sum": "({} + {})", "Sub": "({} - {})", "Mul": "({} * {})", "Div": "({} / {})"},
    **{"Min": "thenar_min16({}, {})", "Max": "thenar_max16({}, {})", "PRelu": "thenar_prelu16({}, {})"},
}
_UNARY = {
    **{"Relu": "thenar_max16({}, thenar_splat16(0.0f))", "Neg": "(-{})", "Abs": "thenar_abs16({})"},
    **{"Reciprocal": "(1.0f / {})", "Sigmoid": "thenar_sigmoid16({})", "HardSwish": "thenar_hard_swish16({})"},
    **{"Tanh": "thenar_tanh16({})", "Erf": "thenar_erf16({})", "Mish": "thenar_mish16({})"},
}
_DEPTH = 32
"""Operators within each other that one expression takes over."""
_LONGEST = 600
"""Characters of an expression, so that none explodes."""


def _number(node: Node, key: str) -> str:
    value = node.attributes[key]
    assert isinstance(value, int | float), "attributes have their defaults"
    return literal(value, np.dtype(np.float32))


_WITH_ATTRIBUTES: dict[str, Callable[[Node], str]] = {
    "LeakyRelu": lambda node: f"thenar_prelu16({{}}, thenar_splat16({_number(node, 'alpha')}))",
    "Elu": lambda node: f"thenar_elu16({{}}, {_number(node, 'alpha')})",
    "HardSigmoid": lambda node: f"thenar_hard_sigmoid16({{}}, {_number(node, 'alpha')}, {_number(node, 'beta')})",
    "Gelu": lambda node: f"thenar_gelu{'_tanh' * (node.attributes.get('approximate') == 'tanh')}16({{}})",
}


def fuse_maps(graph: Graph) -> Graph:
    """Every elementwise operator takes over those that only it reads, down to four tensors."""
    trees = _Trees(graph)
    nodes: list[Node] = []
    taken: set[int] = set()
    for node in reversed(graph.nodes):
        if id(node) in taken:
            continue
        found = trees.fused(node)
        if found is None:
            nodes.append(node)
        else:
            nodes.append(found[0])
            taken |= found[1]
    return drop_dead(graph.with_nodes(tuple(reversed(nodes))))


@dataclass(eq=False)
class _Tree:
    """An expression over tensors of which all broadcast to `shape`; `$0` is the first of the leaves."""

    shape: tuple[int, ...]
    leaves: list[str] = field(default_factory=list)
    nodes: set[int] = field(default_factory=set)

    def leaf(self, name: str) -> str:
        if name not in self.leaves:
            self.leaves.append(name)
        return f"${self.leaves.index(name)}"


class _Trees:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.producers, self.consumers = graph.producers(), graph.consumers()

    def fused(self, node: Node) -> tuple[Node, set[int]] | None:
        """The node that stands for `node` and all that it takes over, and the identities of those; alone if need be."""
        shape = self.graph.tensors[node.outputs[0]].shape
        for depth in (_DEPTH, 0):
            tree = _Tree(shape)
            text = self._expression(node, tree, depth)
            if text is None:
                return None
            if self._fits(tree, text):
                return self._node(node, tree, text), tree.nodes
        return None

    def _fits(self, tree: _Tree, text: str) -> bool:
        shapes = [self.graph.tensors[name].shape for name in tree.leaves]
        fits = 0 < len(shapes) <= len(NAMES) and len(text) <= _LONGEST
        return fits and strides_of(tree.shape, shapes) is not None

    def _node(self, node: Node, tree: _Tree, text: str) -> Node:
        whole = [name for name in tree.leaves if self.graph.tensors[name].shape == tree.shape]
        leaves = [*whole, *(name for name in tree.leaves if name not in whole)]
        for index, name in enumerate(tree.leaves):
            text = text.replace(f"${index}", NAMES[leaves.index(name)])
        return Node("lanes.Map", node.name, tuple(leaves), node.outputs, {"expression": text, "shape": tree.shape})

    def _expression(self, node: Node, tree: _Tree, depth: int) -> str | None:
        """C for the result of `node` and of up to `depth` nodes within each other before it; None where
        it isn't elementwise or its operands don't broadcast to the tree's shape."""
        pattern, operands = self._pattern(node), node.inputs
        tensors = self.graph.tensors
        floats = all(tensors[name].dtype.name == "float32" for name in (*operands, *node.outputs) if name)
        if pattern is None or not floats or tensors[node.outputs[0]].shape != tree.shape or len(node.outputs) > 1:
            return None
        operands = operands[: pattern.count("{}")]
        texts = [self._operand(name, tree, depth) for name in operands]
        if any(len(tensors[name].shape) > len(tree.shape) for name in operands) or tensors[node.outputs[0]].size == 0:
            return None
        tree.nodes.add(id(node))
        return pattern.format(*texts)

    def _operand(self, name: str, tree: _Tree, depth: int) -> str:
        tensor, producer = self.graph.tensors[name], self.producers.get(name)
        if tensor.data is not None and tensor.size == 1:
            value = literal(tensor.data.reshape(()), tensor.dtype)
            return f"thenar_splat16({value})"
        alone = len(self.consumers.get(name, ())) == 1 and name not in self.graph.outputs
        if depth and producer is not None and alone:
            leaves, nodes = list(tree.leaves), set(tree.nodes)
            text = self._expression(producer, tree, depth - 1)
            if text is not None and len(tree.leaves) <= len(NAMES) - 1:
                return text
            tree.leaves, tree.nodes = leaves, nodes
        return tree.leaf(name)

    def _pattern(self, node: Node) -> str | None:
        if node.op == "Clip":
            return self._clip(node)
        if node.op in _BINARY:
            return _BINARY[node.op] if len(node.inputs) == 2 else None
        if node.op in _WITH_ATTRIBUTES:
            return _WITH_ATTRIBUTES[node.op](node)
        return _UNARY.get(node.op)

    def _clip(self, node: Node) -> str | None:
        limits = []
        for index, default in ((1, -np.inf), (2, np.inf)):
            name = node.inputs[index] if index < len(node.inputs) else ""
            value = self.graph.constant(name) if name else np.float32(default)
            if value is None or value.size != 1:
                return None
            limits.append(literal(np.float32(value).reshape(()), np.dtype(np.float32)))
        return f"thenar_clip16({{}}, {limits[0]}, {limits[1]})"
