"""Q/DQ graphs to integer graphs: quantize(op(dequantize(x), ...)) becomes one integer operator.

Each rule looks at one float operator between dequantized inputs and a QuantizeLinear node, with activations between
them fused as limits of the result, and answers with the integer nodes that write the quantized output. What no rule
matches stays as it is: dequantized, computed in float32, quantized.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thenar.compile.graph import Array, Graph, Node, Tensor
from thenar.compile.passes.lookup import lookup
from thenar.compile.passes.qdq import BYTES, Quantized, Rewriter


@dataclass(frozen=True, eq=False)
class Match:
    """A float operator whose result is quantized as `y`, kept within [low, high] (quantized) by activations."""

    state: Rewriter
    node: Node
    y: Quantized
    limits: dict[str, int]

    def emit(self, op: str, inputs: tuple[str, ...], attributes: dict[str, object] | None = None) -> tuple[Node, ...]:
        """The integer node that writes the quantized output."""
        kept = {**self.node.attributes, **(attributes or {}), **self.limits}
        return (Node(op, self.node.name, inputs, (self.y.tensor,), kept),)  # type: ignore[arg-type]


def to_integer(graph: Graph) -> Graph:
    """Every quantized operator that a rule knows, in integers."""
    state = Rewriter(graph)
    for node in graph.nodes:
        replaced = _quantized(state, node) if node.op == "QuantizeLinear" else None
        state.keep(*(replaced or (node,)))
    return state.result()


def _quantized(state: Rewriter, quantize: Node) -> tuple[Node, ...] | None:
    y = state.parameters(quantize)
    if y is None or y.axis is not None or state.tensors[y.tensor].dtype.name not in BYTES:
        return None
    name, limits = _activations(state, quantize.inputs[0], y)
    node = state.producers.get(name)
    rule = _RULES.get(node.op) if node is not None and state.single(name) else None
    if node is not None and rule is not None and (found := rule(Match(state, node, y, limits))) is not None:
        return found
    return lookup(state, quantize, y)


def _activations(state: Rewriter, name: str, y: Quantized) -> tuple[str, dict[str, int]]:
    """The tensor before any Relu and Clip, and the limits that they put on its quantized value."""
    scale, zero = state.scalar(y.scale), state.scalar(y.zero)
    limits: dict[str, int] = {}
    while (node := state.producers.get(name)) is not None and node.op in ("Relu", "Clip") and state.single(name):
        bounds: list[float | None] = [0.0, None]
        if node.op == "Clip":
            given = [*node.inputs[1:], "", ""][:2]
            bounds = [state.scalar(bound) for bound in given]
            if any(bound and value is None for bound, value in zip(given, bounds, strict=True)):
                break
        for key, bound, tighter in zip(("low", "high"), bounds, (max, min), strict=True):
            if bound is not None and scale and zero is not None and math.isfinite(bound):
                limit = int(np.rint(np.float32(bound) / np.float32(scale)) + zero)
                limits[key] = tighter(limits.get(key, limit), limit)
        name = node.inputs[0]
    return name, limits


def _weights(state: Rewriter, name: str, axis: int) -> Quantized | None:
    """Constant 8-bit weights with one scale, or with one for each index of `axis`."""
    w = state.dequantized(name)
    usable = w is not None and state.tensors[w.tensor].data is not None and w.axis in (None, axis)
    return w if usable and w is not None and state.tensors[w.tensor].dtype.name in BYTES else None


def integer_bias(state: Rewriter, name: str, x: Quantized, w: Quantized, channels: int) -> str | None:
    """The bias in units of input scale * weight scale; "" where there is none, None where it isn't constant."""
    if not name:
        return ""
    bias, x_scale, w_scale = state.value(name), state.scalar(x.scale), state.tensors[w.scale].data
    if bias is None or bias.size != channels or x_scale is None or w_scale is None:
        return None
    units = bias.reshape(-1).astype(np.float64) / (x_scale * w_scale.reshape(-1).astype(np.float64))
    rounded = np.rint(np.clip(units, -(2.0**31), 2.0**31 - 1))
    return state.constant(f"{name}/integer", rounded.astype(np.int32))


def _convolution(
    match: Match, op: str, axis: int, channels: Callable[[tuple[int, ...]], int]
) -> tuple[Node, ...] | None:
    state, node = match.state, match.node
    x, w = state.activation(node.inputs[0]), _weights(state, node.inputs[1], axis)
    if x is None or w is None:
        return None
    bias = integer_bias(state, [*node.inputs, ""][2], x, w, channels(state.tensors[w.tensor].shape))
    if bias is None:
        return None
    return match.emit(op, (*x.names, *w.names, match.y.scale, match.y.zero, bias))


def _conv(match: Match) -> tuple[Node, ...] | None:
    return _convolution(match, "QLinearConv", 0, lambda shape: shape[0])


def _conv_transpose(match: Match) -> tuple[Node, ...] | None:
    groups = match.node.attributes.get("group", 1)
    if groups != 1:
        return None
    return _convolution(match, "thenar.QLinearConvTranspose", 1, lambda shape: shape[1])


def _matmul(match: Match) -> tuple[Node, ...] | None:
    state, node = match.state, match.node
    a, b = state.activation(node.inputs[0]), state.dequantized(node.inputs[1])
    if a is None or b is None or state.tensors[b.tensor].dtype.name not in BYTES:
        return None
    if b.axis not in (None, len(state.tensors[b.tensor].shape) - 1):
        return None
    return match.emit("QLinearMatMul", (*a.names, *b.names, match.y.scale, match.y.zero))


def _gemm(match: Match) -> tuple[Node, ...] | None:
    state, node = match.state, match.node
    if node.attributes.get("transA") or node.attributes.get("alpha", 1.0) != 1 or node.attributes.get("beta", 1.0) != 1:
        return None
    transposed = bool(node.attributes.get("transB"))
    a, b = state.activation(node.inputs[0]), _weights(state, node.inputs[1], 0 if transposed else 1)
    data = state.tensors[b.tensor].data if b is not None else None
    if a is None or b is None or data is None:
        return None
    bias = integer_bias(state, [*node.inputs, ""][2], a, b, data.shape[0 if transposed else 1])
    if bias is None:
        return None
    tensor = state.constant(f"{b.tensor}/transposed", np.ascontiguousarray(data.T)) if transposed else b.tensor
    return match.emit("QLinearMatMul", (*a.names, tensor, b.scale, b.zero, match.y.scale, match.y.zero, bias))


def _elementwise(match: Match, op: str) -> tuple[Node, ...] | None:
    a, b = (match.state.activation(name) for name in match.node.inputs)
    if a is None or b is None:
        return None
    return match.emit(op, (*a.names, *b.names, match.y.scale, match.y.zero))


def _mean(match: Match) -> tuple[Node, ...] | None:
    """GlobalAveragePool, and ReduceMean over the last dimensions."""
    state, node = match.state, match.node
    x, rank = state.activation(node.inputs[0]), len(state.tensors[node.inputs[0]].shape)
    axes: Array | None = np.arange(2, rank)
    if node.op == "ReduceMean":
        axes = state.value(node.inputs[1]) if len(node.inputs) > 1 else np.arange(rank)
    if x is None or axes is None or sorted(int(axis) % rank for axis in axes) != list(range(rank - axes.size, rank)):
        return None
    inputs = (*x.names, match.y.scale, match.y.zero)
    return match.emit("thenar.Mean", inputs, {"axes": int(axes.size)})


def _average_pool(match: Match) -> tuple[Node, ...] | None:
    """A depthwise convolution with weights of 1 / window, where no window is cut short by excluded padding."""
    state, node = match.state, match.node
    x, shape = state.activation(node.inputs[0]), state.tensors[node.inputs[0]].shape
    kernel, pads = node.attributes.get("kernel_shape"), node.attributes.get("pads")
    padded = (isinstance(pads, tuple) and any(pads)) or node.attributes.get("auto_pad", "NOTSET") not in (
        "NOTSET",
        "VALID",
    )
    if x is None or not isinstance(kernel, tuple) or padded or node.attributes.get("ceil_mode"):
        return None
    w = state.constant(f"{node.name}/ones", np.ones((shape[1], 1, *kernel), np.int8))
    w_scale = state.constant(
        f"{node.name}/scale", np.float32(1) / np.float32(math.prod(kernel)) * np.ones((), np.float32)
    )
    w_zero = state.constant(f"{node.name}/zero", np.zeros((), np.int8))
    return match.emit(
        "QLinearConv", (*x.names, w, w_scale, w_zero, match.y.scale, match.y.zero, ""), {"group": shape[1]}
    )


def _concat(match: Match) -> tuple[Node, ...] | None:
    """Integer concatenation, after a table for every input whose scale isn't the output's."""
    state, node = match.state, match.node
    if match.limits:
        return None
    parts: list[str] = []
    before: list[Node] = []
    for index, name in enumerate(node.inputs):
        x = state.activation(name)
        if x is None:
            return None
        part = f"{match.y.tensor}/part{index}"
        state.tensors[part] = Tensor(part, state.tensors[match.y.tensor].dtype, state.tensors[name].shape)
        y = Quantized(part, match.y.scale, match.y.zero, None)
        quantize = Node("QuantizeLinear", f"{node.name}/part{index}", (name, y.scale, y.zero), (part,))
        before.extend(lookup(state, quantize, y) or (quantize,))
        parts.append(part)
    return (*before, *match.emit("Concat", tuple(parts)))


_RULES: dict[str, Callable[[Match], tuple[Node, ...] | None]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Add": lambda match: _elementwise(match, "thenar.Add"),
    "Mul": lambda match: _elementwise(match, "thenar.Mul"),
    "GlobalAveragePool": _mean,
    "ReduceMean": _mean,
    "AveragePool": _average_pool,
    "Concat": _concat,
}


def dequantizing_convolutions(graph: Graph) -> Graph:
    """Convolutions of quantized tensors whose result stays float32 sum integers too, and scale the sums."""
    state = Rewriter(graph)
    for node in graph.nodes:
        x = state.activation(node.inputs[0]) if node.op == "Conv" else None
        w = _weights(state, node.inputs[1], 0) if x is not None else None
        bias = None
        if x is not None and w is not None:
            bias = integer_bias(state, [*node.inputs, ""][2], x, w, state.tensors[w.tensor].shape[0])
        if x is None or w is None or bias is None:
            state.keep(node)
            continue
        inputs = (*x.names, *w.names, bias)
        state.keep(Node("thenar.ConvDequantize", node.name, inputs, node.outputs, node.attributes))
    return state.result()
