"""Any function of one 8-bit value is a table of 256: elementwise operators between a DequantizeLinear and a
QuantizeLinear node are evaluated here for every value that can come."""

from __future__ import annotations

import numpy as np

from thenar.compile.evaluate import evaluate
from thenar.compile.graph import Node, Tensor
from thenar.compile.passes.qdq import Quantized, Rewriter, dequantize

_ELEMENTWISE = {
    *("Relu", "LeakyRelu", "Elu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus", "Mish", "Gelu", "Erf"),
    *("Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil", "Round", "Abs", "Neg", "Clip", "PRelu", "Identity"),
    *("Add", "Sub", "Mul", "Div", "Min", "Max", "Pow"),
}


def lookup(state: Rewriter, quantize: Node, y: Quantized) -> tuple[Node, ...] | None:
    """The nodes that write `y` where it is a function of one quantized tensor, element by element; else None."""
    chain = _chain(state, quantize.inputs[0])
    if chain is None:
        return None
    nodes, leaf, x = chain
    shape = state.tensors[leaf].shape
    if state.tensors[y.tensor].shape != shape:
        return None
    if not nodes and _same(state, x, y):
        return (Node("Identity", quantize.name, (x.tensor,), (y.tensor,)),)
    table = _table(state, nodes, leaf, x, y, quantize)
    name = state.constant(f"{y.tensor}/table", table)
    return (Node("thenar.Lookup", quantize.name, (x.tensor, name), (y.tensor,)),)


def _chain(state: Rewriter, name: str) -> tuple[list[Node], str, Quantized] | None:
    """The elementwise nodes from one dequantized tensor (returned with its source) to `name`, in order."""
    nodes: dict[int, Node] = {}
    leaves: dict[str, Quantized] = {}
    pending = [name]
    while pending:
        current = pending.pop()
        if (source := state.activation(current)) is not None:
            leaves[current] = source
            continue
        node = state.producers.get(current)
        if state.scalar(current) is not None:
            continue
        if node is None or node.op not in _ELEMENTWISE:
            return None
        nodes[id(node)] = node
        pending += [operand for operand in node.inputs if operand]
    sources = {source.tensor for source in leaves.values()}
    if len(leaves) != 1 or len(sources) != 1:
        return None
    ((leaf, source),) = leaves.items()
    order = {id(node): at for at, node in enumerate(state.nodes)}
    return sorted(nodes.values(), key=lambda node: order[id(node)]), leaf, source


def _same(state: Rewriter, x: Quantized, y: Quantized) -> bool:
    types = state.tensors[x.tensor].dtype == state.tensors[y.tensor].dtype
    return types and state.scalar(x.scale) == state.scalar(y.scale) and state.scalar(x.zero) == state.scalar(y.zero)


def _table(
    state: Rewriter, nodes: list[Node], leaf: str, x: Quantized, y: Quantized, quantize: Node
) -> np.ndarray[tuple[int], np.dtype[np.int8] | np.dtype[np.uint8]]:
    """The function's value for every byte."""
    every = np.arange(256, dtype=np.uint8).view(state.tensors[x.tensor].dtype)
    byte = f"{y.tensor}/every byte"
    state.tensors[byte] = Tensor.constant(byte, every)
    values = dequantize(state, Quantized(byte, x.scale, x.zero, None))
    assert values is not None, "the scales of an activation are constants"
    known = {leaf: Tensor.constant(leaf, values)}
    for node in (*nodes, quantize):
        inputs = [(known.get(name) or _flat(state.tensors[name])) if name else None for name in node.inputs]
        for name, value in zip(node.outputs, evaluate(node, inputs), strict=True):
            known[name] = Tensor.constant(name, value)
    del state.tensors[byte]
    result = known[quantize.outputs[0]].data
    assert result is not None
    return result


def _flat(tensor: Tensor) -> Tensor:
    """A constant of one element without dimensions, so that it broadcasts with the table."""
    assert tensor.data is not None
    return Tensor.constant(tensor.name, tensor.data.reshape(()))
