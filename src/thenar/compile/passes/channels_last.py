"""Layout: images with the channels last, so that a kernel's window is contiguous.

Convolutions, sums, pools and tables between them take and give (1, rows, columns, channels); an image changes its
layout only where an operator that wants the channels first reads it, or where the network begins and ends.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thenar.compile.graph import Graph, Node, Tensor
from thenar.compile.passes.qdq import BYTES, Rewriter

_LAST = (0, 2, 3, 1)
_FIRST = (0, 3, 1, 2)

CONV, CONV_TRANSPOSE = "thenar.last.QLinearConv", "thenar.last.QLinearConvTranspose"
CONV_DEQUANTIZE, MAX_POOL = "thenar.last.ConvDequantize", "thenar.last.MaxPool"
FLOAT_CONV, FLOAT_CONV_TRANSPOSE = "thenar.last.Conv", "thenar.last.ConvTranspose"

_UNARY = {
    *("Relu", "LeakyRelu", "Elu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus", "Mish", "Gelu", "Clip"),
    *("Identity", "thenar.Lookup", "QuantizeLinear"),
}
_BINARY = {"thenar.Add": (0, 3), "thenar.Mul": (0, 3)} | dict.fromkeys(
    ("Add", "Sub", "Mul", "Div", "Min", "Max"), (0, 1)
)


def channels_last(graph: Graph) -> Graph:
    """`graph` with the channels last wherever the x86-64 kernels want them so."""
    return _Layout(graph).run()


class _Layout(Rewriter):
    """`last` maps a tensor to its channels-last form, `only_last` holds those that exist in no other form yet."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.last: dict[str, str] = {}
        self.only_last: set[str] = set()

    def run(self) -> Graph:
        for node in self.graph.nodes:
            if not self._convert(node):
                for name in node.inputs:
                    self._need_first(name)
                self.keep(node)
        for name in self.graph.outputs:
            self._need_first(name)
        return self.result()

    def _convert(self, node: Node) -> bool:
        if node.op in ("QLinearConv", "thenar.QLinearConvTranspose", "thenar.ConvDequantize"):
            return self._convolution(node)
        if node.op in ("Conv", "ConvTranspose"):
            return self._float_convolution(node)
        if node.op in _BINARY:
            return len(node.inputs) != 1 and self._elementwise(node, _BINARY[node.op])
        if node.op in _UNARY:
            one_scale = node.op != "QuantizeLinear" or self.tensors[node.inputs[1]].size == 1
            return one_scale and self._elementwise(node, (0,))
        if node.op == "MaxPool" and self._image(node.inputs[0]) and len(node.outputs) == 1:
            return self._rewrite(replace(node, op=MAX_POOL), (0,))
        if node.op == "Concat" and node.attributes.get("axis") in (1, -3) and all(map(self._image, node.inputs)):
            known = any(name in self.last for name in node.inputs)
            moved = replace(node, attributes={**node.attributes, "axis": 3})
            return known and self._rewrite(moved, tuple(range(len(node.inputs))))
        if node.op == "Resize" and self._image(node.inputs[0]) and node.inputs[0] in self.last:
            return self._resize(node)
        return False

    def _image(self, name: str) -> bool:
        tensor = self.tensors[name]
        kind = tensor.dtype.name in (*BYTES, "float32")
        return kind and len(tensor.shape) == 4 and tensor.shape[0] == 1 and tensor.data is None

    def _convolution(self, node: Node) -> bool:
        """One group, or depthwise; constant int8 weights whose zero points are 0; a constant bias."""
        w, w_zero = (self.tensors[name].data for name in (node.inputs[3], node.inputs[5]))
        bias = node.inputs[6 if node.op == "thenar.ConvDequantize" else 8 :]
        if w is None or w_zero is None or w_zero.any() or w.dtype != np.int8 or w.ndim != 4:
            return False
        groups = node.attributes.get("group", 1)
        depthwise = node.op == "QLinearConv" and groups == w.shape[0] == self.tensors[node.inputs[0]].shape[1]
        if not self._image(node.inputs[0]) or not (groups == 1 or (depthwise and w.shape[1] == 1)):
            return False
        if any(name and self.tensors[name].data is None for name in bias):
            return False
        if node.op == "thenar.ConvDequantize":
            self.keep(replace(node, op=CONV_DEQUANTIZE, inputs=(self._need_last(node.inputs[0]), *node.inputs[1:])))
            return True
        if node.op == "QLinearConv":
            return self._rewrite(replace(node, op=CONV), (0,))
        return _has_phases(node, w.shape[2:]) and self._rewrite(replace(node, op=CONV_TRANSPOSE), (0,))

    def _float_convolution(self, node: Node) -> bool:
        """One group, constant weights and bias."""
        constants = [self.tensors[name].data for name in node.inputs[1:] if name]
        if any(data is None for data in constants) or not self._image(node.inputs[0]):
            return False
        if node.attributes.get("group", 1) != 1:
            return False
        if node.op == "Conv":
            return self._rewrite(replace(node, op=FLOAT_CONV), (0,))
        kernel = self.tensors[node.inputs[1]].shape[2:]
        return _has_phases(node, kernel) and self._rewrite(replace(node, op=FLOAT_CONV_TRANSPOSE), (0,))

    def _elementwise(self, node: Node, images: tuple[int, ...]) -> bool:
        """Worth it only where an input already has its channels last."""
        names = [node.inputs[index] for index in images]
        if not all(map(self._image, names)) or not any(name in self.last for name in names):
            return False
        return self._rewrite(node, images)

    def _resize(self, node: Node) -> bool:
        """Scales and sizes are given for every axis; reorder them with the axes."""
        if node.attributes.get("axes") or node.attributes.get("mode", "nearest") != "nearest":
            return False
        inputs = [*node.inputs, "", "", ""][:4]
        for index in (2, 3):
            values = self.value(inputs[index]) if inputs[index] else None
            if values is not None and values.size:
                inputs[index] = self.constant(f"{node.name}/last{index}", values[list(_LAST)])
        return self._rewrite(replace(node, inputs=(inputs[0], "", *inputs[2:])), (0,))

    def _rewrite(self, node: Node, images: tuple[int, ...]) -> bool:
        """Append `node` with the inputs at `images` and its output in channels-last form."""
        inputs = tuple(self._need_last(name) if i in images else name for i, name in enumerate(node.inputs))
        (output,) = node.outputs
        self.keep(replace(node, inputs=inputs, outputs=(self._last_form(output),)))
        self.only_last.add(output)
        return True

    def _last_form(self, name: str) -> str:
        tensor, form = self.tensors[name], f"{name}/last"
        self.tensors[form] = Tensor(form, tensor.dtype, tuple(tensor.shape[axis] for axis in _LAST))
        self.last[name] = form
        return form

    def _need_last(self, name: str) -> str:
        if name not in self.last:
            form = self._last_form(name)
            self.keep(self._move(f"{name}/to_last", name, form, _LAST))
        return self.last[name]

    def _need_first(self, name: str) -> None:
        if name in self.only_last:
            self.only_last.discard(name)
            self.keep(self._move(f"{name}/to_first", self.last[name], name, _FIRST))

    def _move(self, label: str, source: str, target: str, order: tuple[int, ...]) -> Node:
        """A transposition, or a mere view where one channel or one pixel leaves the bytes as they are."""
        _, rows, columns, channels = self.tensors[source if order == _FIRST else target].shape
        if channels == 1 or rows * columns == 1:
            return Node("Reshape", label, (source, ""), (target,))
        return Node("Transpose", label, (source,), (target,), {"perm": order})


def _has_phases(node: Node, kernel: tuple[int, ...]) -> bool:
    """Can the transposed convolution be taken apart into plain ones? Undilated, no stride wider than the kernel."""
    strides = node.attributes.get("strides") or (1, 1)
    undilated = node.attributes.get("dilations") in (None, (), (1, 1))
    explicit = not node.attributes.get("output_shape") and node.attributes.get("auto_pad", "NOTSET") == "NOTSET"
    return undilated and explicit and bool(min(np.subtract(kernel, strides)) >= 0)
