"""Which operators the kernels for microcontrollers serve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thenar.compile.cortex_m.pack import WORD
from thenar.compile.graph import Graph, Node
from thenar.compile.nhwc.pack import DEQUANTIZING, TRANSPOSED, factors
from thenar.compile.nhwc.served import pair, phased, upsampling, weights_of

CONVOLUTIONS = {"QLinearConv", "nhwc.QConvAdd", "thenar.ConvDequantize", "thenar.QLinearConvTranspose"}

_MAX_FACTOR = 0.25
"""Below it a factor's shift is 33 and more: the product's upper word holds the result and its half."""

MAX_SIZE = 2**15 - 1
"""Rows, columns, channels, and bytes of a kernel row: the kernels' geometry has 16 bits for each."""

_MAX_RATIO = 2.0**14
"""Input scale / output scale of a sum up to which its shift is positive."""


def served(node: Node, graph: Graph) -> bool:
    """Is there a kernel for this node's shapes, types and scales?"""
    if node.op in CONVOLUTIONS:
        return _convolution(node, graph)
    if not _image(node.inputs[0], graph):
        return False
    if node.op == "MaxPool":
        return len(node.outputs) == 1 and node.attributes.get("auto_pad", "NOTSET") == "NOTSET"
    if node.op == "Resize":
        return upsampling(node, graph) is not None
    if node.op == "thenar.Add":
        return _add(node, graph)
    if node.op == "Concat":
        return all(_image(name, graph) for name in node.inputs) and node.attributes.get("axis") in (1, -3)
    return node.op == "thenar.Lookup"


def _image(name: str, graph: Graph) -> bool:
    tensor = graph.tensors[name]
    image = len(tensor.shape) == 4 and tensor.shape[0] == 1 and tensor.size > 0
    return image and tensor.data is None and tensor.dtype.name in ("int8", "uint8")


def _convolution(node: Node, graph: Graph) -> bool:
    transposed = node.op in TRANSPOSED
    if not _image(node.inputs[0], graph) or (transposed and not phased(node, graph)):
        return False
    if any(graph.constant(name) is None for name in node.inputs[1:9] if name):
        return False
    w, zero = graph.constant(weights_of(node)), graph.constant(node.inputs[5])
    assert w is not None
    plain = w.dtype.name == "int8" and w.ndim == 4 and (zero is None or not zero.any())
    plain = plain and node.attributes.get("auto_pad", "NOTSET") == "NOTSET" and pair(node, "pads", 0)[0] >= 0
    plain = plain and not (transposed and node.attributes.get("group", 1) != 1)
    x, y = (graph.tensors[name].shape for name in (node.inputs[0], node.outputs[0]))
    if not plain or min(y) == 0 or max(*x, *y, w.shape[3] * x[1] + WORD) > MAX_SIZE:
        return False
    if node.op in DEQUANTIZING:
        return True
    weights = w.swapaxes(0, 1) if transposed else w
    scaled = factors(node, graph) / 2.0 ** room(weights, factors(node, graph))
    return bool(np.all((scaled > 0) & (scaled < _MAX_FACTOR)))


def room(weights: npt.NDArray[np.int8], factor: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """For each output channel, by how many bits its OIHW weights may grow so that its factor shrinks below 1/4.

    Pools that became convolutions have weights of 1 and need it; the result is the same bit for bit.
    """
    largest = np.maximum(np.abs(weights.astype(np.int64)).max(axis=(1, 2, 3)), 1)
    spare = np.floor(np.log2(127 / largest)).astype(np.int64).clip(0)
    _, exponent = np.frexp(np.asarray(factor, np.float64))
    wanted = (exponent + 2).astype(np.int64).clip(0)
    grown: npt.NDArray[np.int64] = np.minimum(spare, wanted)
    return grown


def _add(node: Node, graph: Graph) -> bool:
    shapes = {graph.tensors[name].shape for name in (node.inputs[0], node.inputs[3], node.outputs[0])}
    values = [graph.constant(node.inputs[index]) for index in (1, 2, 4, 5, 6, 7)]
    if len(shapes) != 1 or any(value is None for value in values) or not _image(node.inputs[3], graph):
        return False
    x, _, r, _, y, _ = (float(value.reshape(())) for value in values if value is not None)
    return max(x, r) < _MAX_RATIO * y
