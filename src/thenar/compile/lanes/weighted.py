"""Sums weighted by a softmax, computed in one pass: neither the weights nor what they weight is ever written.

ReduceSum(softmax(x * 30 + bias) * (offset * (1 - x) + point)), along the axis of the softmax, is how a network that
learns maps reads positions off them (integral regression). One or two such sums of one softmax become
lanes.WeightedSums, with the C expressions of the logits and of what is summed.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

from thenar.compile.c_types import literal
from thenar.compile.graph import Attribute, Graph, Node
from thenar.compile.lanes.maps import NAMES
from thenar.compile.lanes.operands import Operands, Unfit, walk
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.passes.dead import drop_dead
from thenar.compile.program import Call, Field

_BINARY = {"Add": "({} + {})", "Sub": "({} - {})", "Mul": "({} * {})"}
_SAME_VALUES = ("Reshape", "Squeeze", "Unsqueeze")
_DEPTH = 16
"""Operators within each other that one expression takes over."""
_PARTS = 4
"""Sums of one row that stay in registers."""
_LANES = 16


def fuse_weighted_sums(graph: Graph) -> Graph:
    """Every softmax that only weights one or two sums takes them over, with the arithmetic before it."""
    matcher = _Matcher(graph)
    nodes: list[Node] = []
    waiting: dict[str, Node] = {}
    for node in graph.nodes:
        if node.op == "Softmax" and (found := matcher.fused(node)) is not None:
            waiting |= dict.fromkeys(found.outputs, found)
        fused = waiting.get(node.outputs[0])
        if fused is None:
            nodes.append(node)
        elif node.outputs[0] == matcher.last(fused):
            nodes.append(fused)  # here everything that it reads is ready
    return drop_dead(graph.with_nodes(tuple(nodes)))


@dataclass(eq=False)
class _Matcher:
    graph: Graph

    def __post_init__(self) -> None:
        self.producers, self.consumers = self.graph.producers(), self.graph.consumers()
        self.places = {output: at for at, node in enumerate(self.graph.nodes) for output in node.outputs}

    def last(self, node: Node) -> str:
        """The result of a fused node that came last in the graph."""
        return max(node.outputs, key=self.places.__getitem__)

    def fused(self, softmax: Node) -> Node | None:
        """The node that computes all that the softmax weights; None where it serves anything else."""
        try:
            return self._fused(softmax)
        except Unfit:
            return None

    def _fused(self, softmax: Node) -> Node:
        logits = self.graph.tensors[softmax.inputs[0]]
        axis, rank = softmax.attributes["axis"], len(logits.shape)
        assert isinstance(axis, int), "attributes have their defaults"
        count = logits.shape[-1] if rank else 0
        if not count or axis % rank != rank - 1 or logits.dtype.name != "float32" or count % _LANES:
            raise Unfit
        rows, leaves = math.prod(logits.shape[:-1]), Operands()
        texts = [self._expression(logits.name, logits.shape, logits.shape, rows, leaves)]
        outputs, parts = [], []
        for weight, product, result in self._sums(softmax.outputs[0]):
            other = next(name for name in product.inputs if name != weight)
            shape = self.graph.tensors[product.outputs[0]].shape
            inner = math.prod(shape[:-1]) // rows
            if walk(self.graph.tensors[weight].shape, shape, rows) != (count, 0, 1) or inner > _PARTS:
                raise Unfit
            texts.append(self._expression(other, self.graph.tensors[other].shape, shape, rows, leaves))
            outputs.append(result)
            parts.append(inner)
        attributes: dict[str, Attribute] = {"expressions": tuple(texts), "parts": tuple(parts)}
        attributes |= {"rows": rows, "count": count}
        walks: dict[str, Attribute] = {
            f"strides_{name}": steps for name, steps in zip(NAMES, leaves.strides, strict=False)
        }
        return Node("lanes.WeightedSums", softmax.name, tuple(leaves.names), tuple(outputs), attributes | walks)

    def _sums(self, name: str) -> list[tuple[str, Node, str]]:
        """(name of the weights there, product, name of its sum) for all that reads the weights `name`."""
        found: list[tuple[str, Node, str]] = []
        for node in self._readers(name):
            if node.op in _SAME_VALUES:
                found += self._sums(node.outputs[0])
                continue
            if node.op != "Mul" or node.inputs[0] == node.inputs[1]:
                raise Unfit
            (reduce, *more) = self._readers(node.outputs[0])
            shape = self.graph.tensors[node.outputs[0]].shape
            axes = self.graph.constant(reduce.inputs[1]) if len(reduce.inputs) > 1 else None
            along = axes is not None and axes.size == 1 and int(axes.reshape(())) % len(shape) == len(shape) - 1
            if more or reduce.op != "ReduceSum" or not along:
                raise Unfit
            found.append((name, node, reduce.outputs[0]))
        if len(found) > 2:
            raise Unfit
        return found

    def _readers(self, name: str) -> list[Node]:
        readers = self.consumers.get(name, [])
        if not readers or name in self.graph.outputs:
            raise Unfit
        return readers

    def _expression(
        self, name: str, seen: tuple[int, ...], shape: tuple[int, ...], rows: int, leaves: Operands, depth: int = 0
    ) -> str:
        """C for the tensor `name` looked at as `seen`, which broadcasts to `shape`."""
        tensor, node = self.graph.tensors[name], self.producers.get(name)
        if tensor.data is not None and tensor.size == 1:
            return f"thenar_splat16({literal(tensor.data.reshape(()), tensor.dtype)})"
        if node is not None and node.op in _SAME_VALUES and _whole(seen) == _whole(self._shape(node.inputs[0])):
            return self._expression(node.inputs[0], seen, shape, rows, leaves, depth)
        alone = len(self.consumers.get(name, ())) == 1 and name not in self.graph.outputs
        if node is not None and node.op in _BINARY and alone and depth < _DEPTH:
            known = list(leaves.names), list(leaves.strides)
            try:
                views = [(i, self._operand(i, tensor.shape, seen)) for i in node.inputs]
                texts = [self._expression(i, view, shape, rows, leaves, depth + 1) for i, view in views]
                return _BINARY[node.op].format(*texts)
            except Unfit:
                leaves.names, leaves.strides = known
        if tensor.dtype.name != "float32":
            raise Unfit
        return leaves.letter(name, walk(seen, shape, rows))

    def _operand(self, name: str, shape: tuple[int, ...], seen: tuple[int, ...]) -> tuple[int, ...]:
        """How an operand is looked at where its operator's result, of `shape`, is looked at as `seen`."""
        own = self._shape(name)
        if seen == shape or math.prod(own) == 1:
            return own
        if own != shape:
            raise Unfit
        return seen

    def _shape(self, name: str) -> tuple[int, ...]:
        return self.graph.tensors[name].shape


def _whole(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def _lower(site: Site) -> Lowered:
    texts = site.attribute("expressions")
    assert isinstance(texts, tuple)
    logit, *sums = (str(text) for text in texts)
    last, parts = len(site.node.inputs) - 1, site.integers("parts")
    used = [min(index, last) for index in range(len(NAMES))]
    fields: dict[str, Field] = {"rows": site.integer("rows"), "count": site.integer("count")}
    fields["parts"] = (*parts, 0)[:2]
    fields |= {name: site.integers(f"strides_{NAMES[at]}") for name, at in zip(NAMES, used, strict=True)}
    reads = tuple(site.node.inputs[at] for at in used)
    writes = (*site.node.outputs, site.node.outputs[0])[:2]
    first, second = (*sums, sums[0])[:2]
    name = f"weighted_{zlib.crc32('|'.join((logit, first, second)).encode()):08x}"
    instance = f"THENAR_WEIGHTED_SUMS({name}, {logit}, {first}, {second})"
    comment = f"sums of {' and '.join(sums)}, weighted by the softmax of {logit}".replace("thenar_splat16", "")
    return [Call(name, "lanes/weighted", "weighted", fields, reads, writes, instance, comment=comment)]


WEIGHTED: dict[str, Lower] = {"lanes.WeightedSums": _lower}
