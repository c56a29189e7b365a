"""What the integer passes share: a graph under rewriting, and a view of what its float tensors are quantized from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from thenar.compile.graph import Array, Graph, Node, Tensor

BYTES = ("int8", "uint8")


@dataclass(frozen=True, eq=False)
class Quantized:
    """An integer tensor and its constants `scale` and `zero`, by name; `axis` is that of several scales, else None."""

    tensor: str
    scale: str
    zero: str
    axis: int | None

    @property
    def names(self) -> tuple[str, str, str]:
        """The three inputs that the standard's QLinear operators take."""
        return (self.tensor, self.scale, self.zero)


class Rewriter:
    """A graph being rewritten front to back: `nodes` grows in order, `tensors` holds everything known."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = dict(graph.tensors)
        self.producers: dict[str, Node] = {}
        self.consumers = graph.consumers()

    def keep(self, *nodes: Node) -> None:
        """Append nodes; what they write replaces what was written under the same name before."""
        for node in nodes:
            self.nodes.append(node)
            self.producers |= {name: node for name in node.outputs if name}

    def result(self) -> Graph:
        """The rewritten graph."""
        return self.graph.with_nodes(tuple(self.nodes), *self.tensors.values())

    def constant(self, name: str, value: Array) -> str:
        """A new constant; returns its name."""
        while name in self.tensors:
            name += "'"
        self.tensors[name] = Tensor.constant(name, value)
        return name

    def value(self, name: str) -> Array | None:
        """The values of a tensor that is constant, or that dequantizes a constant."""
        if not name:
            return None
        data = self.tensors[name].data
        if data is None and (source := self.dequantized(name)) is not None:
            return dequantize(self, source)
        return data

    def scalar(self, name: str) -> float | None:
        """The value of a constant of one element."""
        data = self.tensors[name].data if name else None
        return float(data.reshape(())) if data is not None and data.size == 1 else None

    def dequantized(self, name: str) -> Quantized | None:
        """What a DequantizeLinear node makes the float tensor `name` from; None where it isn't made by one."""
        node = self.producers.get(name)
        return self.parameters(node) if node is not None and node.op == "DequantizeLinear" else None

    def parameters(self, node: Node) -> Quantized | None:
        """The integer tensor of a Quantize- or DequantizeLinear node; None where its scales aren't constants."""
        integer = node.inputs[0] if node.op == "DequantizeLinear" else node.outputs[0]
        scale = self.tensors[node.inputs[1]].data
        zero = node.inputs[2] if len(node.inputs) > 2 else ""
        if scale is None or scale.ndim > 1 or (zero and self.tensors[zero].data is None):
            return None
        if not zero:
            zero = self.constant(f"{integer}/zero", np.zeros(scale.shape, self.tensors[integer].dtype))
        if self.tensors[zero].size != scale.size:
            return None
        if scale.size == 1:
            return Quantized(integer, node.inputs[1], zero, None)
        axis, shape = node.attributes.get("axis", 1), self.tensors[integer].shape
        if not isinstance(axis, int) or not -len(shape) <= axis < len(shape) or shape[axis] != scale.size:
            return None
        return Quantized(integer, node.inputs[1], zero, axis % len(shape))

    def activation(self, name: str) -> Quantized | None:
        """Like `dequantized`, for 8-bit tensors with one scale."""
        source = self.dequantized(name)
        usable = source is not None and source.axis is None and self.tensors[source.tensor].dtype.name in BYTES
        return source if usable else None

    def single(self, name: str) -> bool:
        """Is the tensor read once, and by a node rather than by the caller?"""
        return len(self.consumers.get(name, ())) == 1 and name not in self.graph.outputs


def dequantize(state: Rewriter, source: Quantized) -> Array | None:
    """The float32 values of a quantized constant."""
    data, scale, zero = (state.tensors[name].data for name in source.names)
    if data is None or scale is None or zero is None:
        return None
    shape: Any = [1] * data.ndim
    if source.axis is not None:
        shape[source.axis] = -1
    offset = data.astype(np.int64) - zero.astype(np.int64).reshape(shape if zero.size > 1 else ())
    return (offset * scale.reshape(shape if scale.size > 1 else ())).astype(np.float32)
