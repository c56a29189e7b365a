"""Which tensor is held channels last, with which border, and where it is transposed: only where it meets an operator
that has no such kernel, or the caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from thenar.compile.graph import Attribute, Graph, Node, Tensor
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.pack import TRANSPOSED
from thenar.compile.nhwc.phases import phases, reach
from thenar.compile.nhwc.served import FLOATS, STARTS, pair, served, weights_of

Border = tuple[int, int, int, int]

_ADDED = {"nhwc.QConvAdd": 9, "nhwc.QConvSum": 7}
"""Which input is added."""


@dataclass(frozen=True)
class Style:
    """How a target holds images: which operators it has kernels for, whether images have borders, and whether their
    bytes are signed."""

    served: Callable[[Node, Graph], bool] = served
    borders: bool = True
    signed: bool = False


BORDERED = Style()


def layout(graph: Graph, style: Style = BORDERED) -> Graph:
    """Served nodes read and write images; nodes nhwc.Pack and nhwc.Unpack stand between them and the others.

    Every served node learns its images from the attributes x_image, y_image and r_image.
    """
    chosen = _chosen(graph, style)
    borders = _borders(graph, chosen) if style.borders else {}
    state = _State(graph, borders, dict(graph.tensors), signed=style.signed)
    for node in graph.nodes:
        if id(node) in chosen:
            state.serve(node)
        else:
            for name in node.inputs:
                state.unpack(name)
            state.nodes.append(node)
    for name in graph.outputs:
        state.unpack(name)
    return graph.with_nodes(tuple(state.nodes), *state.tensors.values())


def _operands(node: Node, graph: Graph) -> dict[str, str]:
    """Attribute -> the tensor whose image it describes, for the inputs of a served node."""
    if node.op == "Concat":
        return {f"x{index}_image": name for index, name in enumerate(node.inputs)}
    if node.op == "lanes.Map":
        return {f"x{index}_image": name for index, name in enumerate(node.inputs) if graph.tensors[name].data is None}
    if node.op == "thenar.Add":
        return {"x_image": node.inputs[0], "r_image": node.inputs[3]}
    operands, added = {"x_image": node.inputs[0]}, _ADDED.get(node.op, 3)
    has = node.op in _ADDED or (node.op in FLOATS and len(node.inputs) > added)
    return {**operands, "r_image": node.inputs[added]} if has else operands


def _leads(node: Node, graph: Graph, images: set[str]) -> bool:
    """Is one of its images there already, and not just a pixel that a map repeats?"""
    whole = graph.tensors[node.outputs[0]].shape
    names = _operands(node, graph).values()
    return any(name in images and (node.op != "lanes.Map" or graph.tensors[name].shape == whole) for name in names)


def _chosen(graph: Graph, style: Style) -> set[int]:
    """The served nodes: every convolution, and what follows one without leaving the layout."""
    images: set[str] = set()
    chosen: set[int] = set()
    zeros: dict[str, bytes] = {}
    for node in graph.nodes:
        follows = any(node.inputs) and _leads(node, graph, images)
        if (node.op in STARTS or follows) and style.served(node, graph):
            if node.op in STARTS - FLOATS:
                zero = graph.tensors[node.inputs[2]].data
                assert zero is not None, "served nodes have constant zero points"
                if zeros.setdefault(node.inputs[0], zero.tobytes()) != zero.tobytes():
                    continue  # the border can hold only one zero point
            chosen.add(id(node))
            if node.op != "thenar.ConvDequantize":
                images.add(node.outputs[0])
    return chosen


def _borders(graph: Graph, chosen: set[int]) -> dict[str, Border]:
    """Tensor -> the widest border that a convolution reads of it."""
    borders: dict[str, Border] = {}
    for node in graph.nodes:
        if id(node) in chosen and node.op in STARTS:
            x, y = graph.tensors[node.inputs[0]].shape, graph.tensors[node.outputs[0]].shape
            kernel = graph.tensors[weights_of(node)].shape[2:]
            phased = node.op in (*TRANSPOSED, "nhwc.ConvTranspose")
            own = reach(phases(node, x[2:], y[2:], kernel)) if phased else _reach(node, x[2:], y[2:], kernel)
            old = borders.get(node.inputs[0], (0, 0, 0, 0))
            borders[node.inputs[0]] = tuple(map(max, own, old))  # type: ignore[assignment]
    return borders


def _reach(node: Node, x: tuple[int, ...], y: tuple[int, ...], kernel: tuple[int, ...]) -> Border:
    """How far windows reach past each side of the image."""
    stride, dilation, pads = (pair(node, key, fill) for key, fill in (("strides", 1), ("dilations", 1), ("pads", 0)))
    ends = [
        max((out - 1) * s + (k - 1) * d + 1 - size - pad, 0)
        for out, s, k, d, size, pad in zip(y, stride, kernel, dilation, x, pads, strict=False)
    ]
    return (pads[0], pads[1], ends[0], ends[1])


@dataclass(eq=False)
class _State:
    """The graph under rewriting; `packed` and `unpacked` are the tensors that exist in the layout and out of it."""

    graph: Graph
    borders: dict[str, Border]
    tensors: dict[str, Tensor]
    nodes: list[Node] = field(default_factory=list)
    packed: set[str] = field(default_factory=set)
    only_packed: set[str] = field(default_factory=set)
    signed: bool = False

    def image(self, name: str) -> Image:
        return Image.of(self.graph.tensors[name], self.borders.get(name, (0, 0, 0, 0)), signed=self.signed)

    def serve(self, node: Node) -> None:
        """Append a node that reads and writes images."""
        attributes = dict(node.attributes)
        inputs = list(node.inputs)
        for key, name in _operands(node, self.graph).items():
            attributes[key] = self.image(name).attribute()
            inputs[inputs.index(name)] = self.pack(name, node)
        output = node.outputs[0]
        attributes["y_image"] = self.image(output).attribute()
        attributes["x_offset"] = self.image(node.inputs[0]).offset
        attributes["zero"] = self._zero(node)
        name = output if node.op == "thenar.ConvDequantize" else self._declare(output)
        op = node.op if node.op.startswith("nhwc.") else f"nhwc.{node.op.removeprefix('thenar.')}"
        self.nodes.append(replace(node, op=op, inputs=tuple(inputs), outputs=(name,), attributes=attributes))
        if node.op != "thenar.ConvDequantize":
            self.only_packed.add(output)

    def _zero(self, node: Node) -> int:
        """The zero point of the result as stored, for its border; only convolutions read one."""
        output = node.outputs[0]
        for reader in self.graph.nodes:
            if reader.inputs and reader.inputs[0] == output and reader.op in STARTS - FLOATS:
                return self._stored_zero(reader)
        return 0

    def _stored_zero(self, reader: Node) -> int:
        zero = self.graph.tensors[reader.inputs[2]].data
        value = int(np.asarray(zero).reshape(())) if zero is not None else 0
        return value + self.image(reader.inputs[0]).offset

    def _declare(self, name: str) -> str:
        image = f"{name}/image"
        byte = np.int8 if self.signed else np.uint8
        kind = np.dtype(np.float32 if self.tensors[name].dtype.kind == "f" else byte)
        self.tensors[image] = Tensor(image, kind, (self.image(name).size,))
        self.packed.add(name)
        return image

    def pack(self, name: str, reader: Node) -> str:
        """The image of a tensor, transposed now where it isn't there yet."""
        if name not in self.packed:
            image = self.image(name)
            zero = self._stored_zero(reader) if reader.inputs[0] == name and reader.op in STARTS - FLOATS else 0
            output = self._declare(name)
            attributes: dict[str, Attribute] = {"y_image": image.attribute(), "x_offset": image.offset}
            attributes["zero"] = zero
            self.nodes.append(Node("nhwc.Pack", f"{name}/pack", (name,), (output,), attributes))
        return f"{name}/image"

    def unpack(self, name: str) -> None:
        """Make sure that a tensor exists as ONNX has it."""
        if name in self.only_packed:
            image = self.image(name)
            attributes: dict[str, Attribute] = {"x_image": image.attribute(), "x_offset": image.offset}
            self.nodes.append(Node("nhwc.Unpack", f"{name}/unpack", (f"{name}/image",), (name,), attributes))
            self.only_packed.discard(name)
