"""Work that a convolution does while its results are still in registers: adding another image, which may be a smaller
one whose pixels repeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from thenar.compile.graph import Graph, Node
from thenar.compile.nhwc.served import served, upsampling

Serves = Callable[[Node, Graph], bool]


def fuse(graph: Graph, serves: Serves = served) -> Graph:
    """QLinearConv followed by thenar.Add becomes nhwc.QConvAdd (x, ..., bias; r, r_scale, r_zero, y_scale, y_zero),
    where the target has a kernel for the convolution."""
    graph = _without_identities(graph)
    producers, consumers = graph.producers(), graph.consumers()
    fused: dict[int, Node] = {}
    dropped: set[int] = set()
    for node in graph.nodes:
        if node.op != "thenar.Add":
            continue
        match = _best(node, graph, producers, consumers, serves)
        if match is not None:
            fused[id(node)] = match.node
            dropped.add(id(match.conv))
    nodes = [fused.get(id(node), node) for node in graph.nodes if id(node) not in dropped]
    return _without_dead(graph.with_nodes(tuple(nodes)))


@dataclass(frozen=True, eq=False)
class _Match:
    conv: Node
    node: Node
    macs: int


def _best(
    add: Node, graph: Graph, producers: dict[str, Node], consumers: dict[str, list[Node]], serves: Serves
) -> _Match | None:
    """The larger of the convolutions whose result is added, if there is one."""
    matches = []
    for mine, other in ((0, 3), (3, 0)):
        name, r = add.inputs[mine], add.inputs[other]
        conv = producers.get(name)
        shapes = {graph.tensors[each].shape for each in (name, r, add.outputs[0])}
        alone = len(consumers.get(name, ())) == 1 and name not in graph.outputs
        if conv is None or conv.op != "QLinearConv" or not alone or len(shapes) != 1 or not serves(conv, graph):
            continue
        if graph.tensors[r].data is not None or name == r:
            continue
        resize = producers.get(r)
        attributes = {**conv.attributes, "shift": 0}
        attributes |= {f"sum_{key}": add.attributes[key] for key in ("low", "high") if key in add.attributes}
        if resize is not None and upsampling(resize, graph) == (2, 2):
            r, attributes["shift"] = resize.inputs[0], 1
        inputs = [*[*conv.inputs, ""][:9], r, *add.inputs[other + 1 : other + 3], *add.inputs[6:8]]
        node = Node("nhwc.QConvAdd", add.name, tuple(inputs), add.outputs, attributes)
        matches.append(_Match(conv, node, graph.tensors[conv.inputs[3]].size))
    return max(matches, key=lambda match: match.macs, default=None)


def _without_identities(graph: Graph) -> Graph:
    """Readers of an Identity's result read its input."""
    source: dict[str, str] = {}
    nodes = []
    for node in graph.nodes:
        inputs = tuple(source.get(name, name) for name in node.inputs)
        if node.op == "Identity" and node.outputs[0] not in graph.outputs:
            source[node.outputs[0]] = inputs[0]
        else:
            nodes.append(replace(node, inputs=inputs))
    return graph.with_nodes(tuple(nodes))


def _without_dead(graph: Graph) -> Graph:
    from thenar.compile.passes.dead import drop_dead

    return drop_dead(graph)
