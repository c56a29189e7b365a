"""Float32 convolutions with what follows them: an addition, and limits (Relu, Clip)."""

from __future__ import annotations

import math
from dataclasses import replace

from thenar.compile.graph import Attribute, Graph, Node
from thenar.compile.nhwc.served import float_convolution, upsampling
from thenar.compile.passes.dead import drop_dead


def fuse_float(graph: Graph, *, grouped: bool = False) -> Graph:
    """Conv and ConvTranspose that have a kernel become nhwc.Conv (x, w, bias, r) and nhwc.ConvTranspose (x, w, bias),
    with the attributes low and high, and shift where r is half as large; those of several groups where `grouped`."""
    state = _State(graph)
    nodes: dict[int, Node] = {}
    for node in graph.nodes:
        if node.op not in ("Conv", "ConvTranspose") or id(node) in state.gone:
            continue
        if float_convolution(node, graph) and (grouped or node.attributes.get("group", 1) == 1):
            last, fused = state.fused(node)
            nodes[id(last)] = fused
            if last is not node:
                state.gone.add(id(node))
    kept = [nodes.get(id(node), node) for node in graph.nodes if id(node) not in state.gone]
    return drop_dead(graph.with_nodes(tuple(kept)))


class _State:
    """The graph, and the nodes that others have taken over."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.consumers = graph.consumers()
        self.producers = graph.producers()
        self.order = {id(node): at for at, node in enumerate(graph.nodes)}
        self.gone: set[int] = set()

    def next(self, node: Node) -> Node | None:
        """The only reader of a node's result, if the caller doesn't read it."""
        readers = self.consumers.get(node.outputs[0], [])
        return readers[0] if len(readers) == 1 and node.outputs[0] not in self.graph.outputs else None

    def fused(self, conv: Node) -> tuple[Node, Node]:
        """The last node of the chain, and the node that stands for all of it."""
        inputs = ([*conv.inputs, ""])[:3]
        attributes: dict[str, Attribute] = dict(conv.attributes)
        last, add = conv, self.next(conv)
        if conv.op == "Conv" and add is not None and add.op == "Add" and (r := self._added(conv, add)) is not None:
            last, attributes["shift"] = add, 0
            resize = self.producers.get(r)
            if resize is not None and upsampling(resize, self.graph) == (2, 2):
                r, attributes["shift"] = resize.inputs[0], 1
            inputs.append(r)
        low, high = -math.inf, math.inf
        while (after := self.next(last)) is not None and (limits := self._limits(after)) is not None:
            low, high = min(max(low, limits[0]), limits[1]), max(min(high, limits[1]), limits[0])
            self.gone.update({id(last)} - {id(conv)})
            last = after
        node = replace(conv, op=f"nhwc.{conv.op}", inputs=tuple(inputs), outputs=last.outputs)
        return last, replace(node, attributes={**attributes, "low": low, "high": high})

    def _added(self, conv: Node, add: Node) -> str | None:
        """What is added to the convolution's result, where it has its shape and is there before it is needed."""
        other = add.inputs[1 if add.inputs[0] == conv.outputs[0] else 0]
        tensors = self.graph.tensors
        same = tensors[other].shape == tensors[conv.outputs[0]].shape and other != conv.outputs[0]
        if not same or tensors[other].data is not None or add.inputs[0] == add.inputs[1]:
            return None
        producer = self.producers.get(other)
        rival = producer is not None and producer.op == "Conv" and self.next(producer) is add
        if rival and self.order[id(producer)] > self.order[id(conv)]:
            return None  # the later convolution adds the earlier one
        return other

    def _limits(self, node: Node) -> tuple[float, float] | None:
        if node.op == "Relu":
            return 0.0, math.inf
        if node.op != "Clip":
            return None
        bounds = [-math.inf, math.inf]
        for index, name in enumerate(node.inputs[1:3]):
            value = self.graph.constant(name)
            if name and value is None:
                return None
            if value is not None:
                bounds[index] = float(value.reshape(()))
        return bounds[0], bounds[1]
