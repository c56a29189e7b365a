"""Which operators have a kernel that works channels last."""

from __future__ import annotations

from collections.abc import Callable

from thenar.compile.graph import Graph, Node
from thenar.compile.nhwc.pack import DEQUANTIZING, TRANSPOSED, exact

FLOATS = {"nhwc.Conv", "nhwc.ConvTranspose"}
STARTS = {
    "QLinearConv",
    "nhwc.QConvAdd",
    "nhwc.QConvSum",
    "thenar.ConvDequantize",
    "thenar.QLinearConvTranspose",
    *FLOATS,
}
"""Operators worth transposing for; the others follow where their input already is channels last."""

_FOLLOWS = {
    "MaxPool",
    "Resize",
    "thenar.Lookup",
    "thenar.Add",
    "Concat",
    "lanes.Map",
    "AveragePool",
    "GlobalAveragePool",
}

_MAX_GROWTH = 8
"""How many times its own size an image with its border may have; wider padding is left to the reference."""

_MAX_RATIO = 4096.0
"""Input scale / output scale up to which a sum's result stays below 2^22, where adding 1.5 * 2^23 rounds it."""


def served(node: Node, graph: Graph) -> bool:
    """Is there a kernel for this node's shapes, types and scales?"""
    if node.op in TRANSPOSED and not phased(node, graph):
        return False
    if node.op in FLOATS:
        return float_convolution(node, graph)
    if node.op in STARTS:
        return _convolution(node, graph)
    image = _image(node.inputs[0], graph, ("int8", "uint8", "float32"))
    return node.op in _FOLLOWS and image and _FOLLOW_RULES[node.op](node, graph)


def _image(name: str, graph: Graph, kinds: tuple[str, ...]) -> bool:
    """One image that is known only when the network runs."""
    tensor = graph.tensors[name]
    image = len(tensor.shape) == 4 and tensor.shape[0] == 1 and tensor.size > 0
    return image and tensor.data is None and tensor.dtype.name in kinds


def _narrow(node: Node, graph: Graph) -> bool:
    """Does padding make the image no more than a few times as large? It is held with a border as wide."""
    _, channels, height, width = graph.tensors[node.inputs[0]].shape
    top, left, bottom, right = pair(node, "pads", 0)
    size = channels * (height + top + bottom) * (width + left + right)
    return size <= _MAX_GROWTH * (channels * height * width + 2**16)


def _convolution(node: Node, graph: Graph) -> bool:
    x, w = node.inputs[0], graph.tensors[node.inputs[3]]
    own = node.inputs[1 : 7 if node.op in DEQUANTIZING else 9]
    constants = [graph.constant(name) for name in own if name]
    usable = _image(x, graph, ("int8", "uint8")) and all(value is not None for value in constants)
    if not usable or not _narrow(node, graph):
        return False
    zero = graph.constant(node.inputs[5])
    plain = w.dtype.name == "int8" and (zero is None or not zero.any())
    plain = (
        plain
        and (node.attributes.get("group", 1) == 1 or depthwise(node, graph))
        and node.attributes.get("auto_pad", "NOTSET") == "NOTSET"
    )
    return plain and len(w.shape) == 4 and min(graph.tensors[node.outputs[0]].shape) > 0 and exact(node, graph)


def depthwise(node: Node, graph: Graph) -> bool:
    """Is every channel convolved by itself, into one channel?"""
    channels, *rest = graph.tensors[node.inputs[3]].shape
    group = node.attributes.get("group", 1)
    return node.op in ("QLinearConv", "nhwc.QLinearConv", "nhwc.QConvAdd") and group == channels > 1 == rest[0]


def phased(node: Node, graph: Graph) -> bool:
    """Is every output of a transposed convolution under at least one weight, and its padding explicit?"""
    kernel = graph.tensors[weights_of(node)].shape[2:]
    stride, dilation = pair(node, "strides", 1), pair(node, "dilations", 1)
    covered = len(kernel) == 2 and all(k >= s for k, s in zip(kernel, stride, strict=False))
    return covered and dilation[:2] == (1, 1) and not node.attributes.get("output_shape")


def pair(node: Node, key: str, fill: int) -> tuple[int, ...]:
    """A node's attribute with a value for rows and one for columns (pads: their beginnings, then their ends)."""
    values = node.attributes.get(key)
    if not isinstance(values, tuple) or not values:
        return (fill,) * 4
    return tuple(int(value) for value in values)


def float_convolution(node: Node, graph: Graph) -> bool:
    """A float32 Conv, or ConvTranspose of one group, with constant weights and explicit padding."""
    w = graph.tensors[node.inputs[1]]
    constant = all(graph.constant(name) is not None for name in node.inputs[1:3] if name)
    explicit = node.attributes.get("auto_pad", "NOTSET") == "NOTSET"
    explicit = explicit and (not node.op.endswith("ConvTranspose") or node.attributes.get("group", 1) == 1)
    if not (constant and explicit and len(w.shape) == 4 and _image(node.inputs[0], graph, ("float32",))):
        return False
    if min(graph.tensors[node.outputs[0]].shape) <= 0 or not _narrow(node, graph):
        return False
    return not node.op.endswith("ConvTranspose") or phased(node, graph)


def float_depthwise(node: Node, graph: Graph) -> bool:
    """Is every channel of a float32 Conv convolved by itself, into one channel?"""
    channels, *rest = graph.tensors[node.inputs[1]].shape
    return node.attributes.get("group", 1) == channels > 1 == rest[0]


def weights_of(node: Node) -> str:
    """The name of a convolution's weights."""
    return node.inputs[1 if node.op in FLOATS or node.op in ("Conv", "ConvTranspose") else 3]


def _max_pool(node: Node, graph: Graph) -> bool:
    return len(node.outputs) == 1 and node.attributes.get("auto_pad", "NOTSET") == "NOTSET"


def upsampling(node: Node, graph: Graph) -> tuple[int, int] | None:
    """(rows, columns) that every pixel becomes, where a Resize node does just that."""
    if node.op != "Resize" or node.attributes.get("mode", "nearest") != "nearest":
        return None
    x, y = graph.tensors[node.inputs[0]].shape, graph.tensors[node.outputs[0]].shape
    if len(x) != 4 or x[:2] != y[:2] or y[2] % x[2] or y[3] % x[3]:
        return None
    mode = node.attributes.get("coordinate_transformation_mode", "half_pixel")
    rounding = node.attributes.get("nearest_mode", "round_prefer_floor")
    rows, columns = y[2] // x[2], y[3] // x[3]
    repeats = (mode == "asymmetric" and rounding == "floor") or (
        mode == "half_pixel" and rounding in ("round_prefer_floor", "round_prefer_ceil")
    )
    return (rows, columns) if repeats else None


def _add(node: Node, graph: Graph) -> bool:
    shapes = {graph.tensors[name].shape for name in (node.inputs[0], node.inputs[3], node.outputs[0])}
    values = [graph.constant(node.inputs[index]) for index in (1, 2, 4, 5, 6, 7)]
    if len(shapes) != 1 or any(value is None for value in values):
        return False
    x, _, r, _, y, _ = (float(value.reshape(())) for value in values if value is not None)
    return _image(node.inputs[3], graph, ("int8", "uint8")) and max(x, r) <= _MAX_RATIO * y


def _concat(node: Node, graph: Graph) -> bool:
    images = all(_image(name, graph, ("int8", "uint8", "float32")) for name in node.inputs)
    return images and node.attributes.get("axis") in (1, -3)


def _floats(node: Node, graph: Graph) -> bool:
    return graph.tensors[node.inputs[0]].dtype.name == "float32"


def _map(node: Node, graph: Graph) -> bool:
    """Does every operand have the result's shape, or one value for each channel?"""
    shape = graph.tensors[node.outputs[0]].shape
    operands = [graph.tensors[name] for name in node.inputs]
    return operands[0].shape == shape and all(
        (tensor.shape == shape and tensor.data is None)
        or (tensor.shape == (1, shape[1], 1, 1))
        or (tensor.shape == (shape[1], 1, 1) and tensor.data is not None)
        for tensor in operands
    )


_FOLLOW_RULES: dict[str, Callable[[Node, Graph], bool]] = {
    "MaxPool": _max_pool,
    "Resize": lambda node, graph: upsampling(node, graph) is not None,
    "thenar.Lookup": lambda node, graph: True,
    "thenar.Add": _add,
    "Concat": _concat,
    "lanes.Map": _map,
    "AveragePool": lambda node, graph: _floats(node, graph) and node.attributes.get("auto_pad", "NOTSET") == "NOTSET",
    "GlobalAveragePool": lambda node, graph: _floats(node, graph),
}
