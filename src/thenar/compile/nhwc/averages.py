"""Average pooling of float32 images, over windows and over all of them."""

from __future__ import annotations

from thenar.compile.graph import Graph, Node
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.served import pair
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call, Field


def _images(site: Site) -> dict[str, Field]:
    return {key: Image.at(site.node, f"{key}_image").field() for key in "xy"}


def _average(site: Site) -> Lowered:
    fields = {**_images(site), "kernel": site.integers("kernel_shape")}
    for key, name, fill in (("stride", "strides", 1), ("dilation", "dilations", 1), ("pad", "pads", 0)):
        fields[key] = pair(site.node, name, fill)[:2]
    fields |= {"pad_end": pair(site.node, "pads", 0)[2:4], "include_pad": site.integer("count_include_pad")}
    reads, writes = (site.input().name,), (site.output().name,)
    return [Call("nhwc_average_float", "nhwc/average", "nhwc_window", fields, reads, writes)]


def _mean(site: Site) -> Lowered:
    reads, writes = (site.input().name,), (site.output().name,)
    return [Call("nhwc_mean_float", "nhwc/average", "nhwc_whole", _images(site), reads, writes)]


def means(graph: Graph) -> Graph:
    """ReduceMean over rows and columns becomes GlobalAveragePool, which is what it is."""
    return graph.with_nodes(tuple(_pooled(node, graph) for node in graph.nodes))


def _pooled(node: Node, graph: Graph) -> Node:
    axes = graph.constant(node.inputs[1]) if node.op == "ReduceMean" and len(node.inputs) > 1 else None
    shape = graph.tensors[node.inputs[0]].shape if axes is not None else ()
    if axes is None or len(shape) != 4 or {int(axis) % 4 for axis in axes.reshape(-1)} != {2, 3}:
        return node
    if graph.tensors[node.outputs[0]].shape != (*shape[:2], 1, 1):
        return node
    return Node("GlobalAveragePool", node.name, node.inputs[:1], node.outputs)


AVERAGES: dict[str, Lower] = {"nhwc.AveragePool": _average, "nhwc.GlobalAveragePool": _mean}
