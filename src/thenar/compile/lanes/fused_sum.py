"""Sums along the last axis of products, sums and differences, computed in one pass over their operands.

ReduceSum(a * b + c) with everything of one shape, up to broadcasting, becomes lanes.Sum with the attribute expression
"((a * b) + c)"; the tensors between the operators are never written.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from thenar.compile.graph import Graph, Node
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.ops.strides import broadcast, pad_front
from thenar.compile.passes.dead import drop_dead
from thenar.compile.program import Call, Field

_SYMBOLS = {"Add": "+", "Sub": "-", "Mul": "*"}
_NAMES = "abcd"
_OUTER = 3
_DEPTH = 16
"""Operators within each other that one expression takes over."""


def fuse_sums(graph: Graph) -> Graph:
    """Every ReduceSum along the last axis takes over the elementwise operators that only it reads."""
    nodes = [_fused(node, graph) or node if node.op == "ReduceSum" else node for node in graph.nodes]
    return drop_dead(graph.with_nodes(tuple(nodes)))


def _fused(node: Node, graph: Graph) -> Node | None:
    x = graph.tensors[node.inputs[0]]
    axes = graph.constant(node.inputs[1]) if len(node.inputs) > 1 else None
    rank = len(x.shape)
    along = axes is not None and axes.size == 1 and rank > 0 and int(axes.reshape(())) % rank == rank - 1
    if not along or x.dtype.name != "float32" or x.size == 0 or rank - 1 > _OUTER + x.shape[: -1 - _OUTER].count(1):
        return None
    tree = _Tree(graph, x.shape)
    expression = tree.expression(x.name)
    if expression in _NAMES:
        return None
    return Node("lanes.Sum", node.name, tuple(tree.leaves), node.outputs, {"expression": expression, "shape": x.shape})


@dataclass(eq=False)
class _Tree:
    """An expression over at most four tensors, all of which broadcast to `shape`."""

    graph: Graph
    shape: tuple[int, ...]
    leaves: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.producers, self.consumers = self.graph.producers(), self.graph.consumers()

    def expression(self, name: str, depth: int = 0) -> str:
        """C for the tensor `name`: of its operator where that can be taken over, else the name of a leaf."""
        node = self.producers.get(name)
        known = list(self.leaves)
        if node is not None and node.op in _SYMBOLS and depth < _DEPTH and self._ours(name):
            left, right = (self.expression(operand, depth + 1) for operand in node.inputs)
            if len(self.leaves) <= len(_NAMES):
                return f"({left} {_SYMBOLS[node.op]} {right})"
            self.leaves = known
        if name not in self.leaves:
            self.leaves.append(name)
        at = self.leaves.index(name)
        return _NAMES[at] if at < len(_NAMES) else "?"

    def _ours(self, name: str) -> bool:
        alone = len(self.consumers.get(name, ())) == 1 and name not in self.graph.outputs
        return alone and self.graph.tensors[name].shape == self.shape


def _sum(site: Site) -> Lowered:
    shape, expression = site.integers("shape"), site.text("expression")
    drop = max(len(shape) - 1 - _OUTER, 0)
    fields: dict[str, Field] = {"outer": pad_front(shape[drop:-1], _OUTER, 1), "count": shape[-1]}
    leaves = [site.input(index) for index in range(len(site.node.inputs))]
    for index, name in enumerate(_NAMES):
        leaf = leaves[min(index, len(leaves) - 1)]
        fields[name] = pad_front(broadcast(leaf.shape, shape)[drop:], _OUTER + 1, 0)
    reads = tuple(leaves[min(index, len(leaves) - 1)].name for index in range(len(_NAMES)))
    name = f"sum_of_{zlib.crc32(expression.encode()):08x}"
    instance = f"THENAR_FUSED_SUM({name}, {expression})"
    comment = f"sums of rows of {expression}"
    return [Call(name, "lanes/fused", "fused", fields, reads, (site.output().name,), instance, comment=comment)]


SUMS: dict[str, Lower] = {"lanes.Sum": _sum}
