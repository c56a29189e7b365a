"""Move integers instead of floats: move(dequantize(x)) becomes dequantize(move(x)).

Every operator that only moves or picks elements commutes with a dequantization that has one scale; what then follows
may be a quantization, and the pair of the two becomes a table or vanishes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thenar.compile.graph import Graph, Node, Tensor
from thenar.compile.passes.qdq import Quantized, Rewriter

_MOVES = {
    *("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Transpose", "Slice", "Split", "Gather"),
    *("Expand", "Tile", "DepthToSpace", "SpaceToDepth", "MaxPool", "Resize", "Pad"),
}


def sink_dequantize(graph: Graph) -> Graph:
    """Dequantizations below the moves that follow them."""
    state = Rewriter(graph)
    for node in graph.nodes:
        source = state.dequantized(node.inputs[0]) if node.op in _MOVES and node.inputs else None
        moved = _moved(state, node, source) if source is not None else None
        state.keep(*(moved or (node,)))
    return state.result()


def _moved(state: Rewriter, node: Node, source: Quantized) -> tuple[Node, ...] | None:
    axis = source.axis
    if axis is not None:
        order = node.attributes.get("perm")
        if node.op != "Transpose" or not isinstance(order, tuple):
            return None
        axis = order.index(axis)
    elif (node.op == "MaxPool" and len(node.outputs) > 1) or (
        node.op == "Resize" and node.attributes.get("mode", "nearest") != "nearest"
    ):
        return None
    if state.tensors[source.tensor].dtype.name not in ("int8", "uint8"):
        return None
    inputs = (source.tensor, *node.inputs[1:])
    if node.op == "Pad" and node.attributes.get("mode", "constant") == "constant":
        value = state.value(node.inputs[2]) if len(node.inputs) > 2 and node.inputs[2] else np.zeros(())
        if value is None or value.any():
            return None
        inputs = (source.tensor, node.inputs[1], source.zero, *node.inputs[3:])
    names = tuple(f"{name}/quantized" for name in node.outputs)
    dtype = state.tensors[source.tensor].dtype
    for name, old in zip(names, node.outputs, strict=True):
        state.tensors[name] = Tensor(name, dtype, state.tensors[old].shape)
    data = state.tensors[source.tensor].data
    move = replace(node, inputs=inputs, outputs=names)
    if data is not None and node.op == "Transpose":  # a constant: move it now
        state.tensors[names[0]] = Tensor.constant(names[0], data.transpose(node.attributes["perm"]))  # type: ignore[arg-type]
        moves: tuple[Node, ...] = ()
    else:
        moves = (move,)
    attributes = {"axis": axis if axis is not None else 1, "block_size": 0}
    dequantized = (
        Node("DequantizeLinear", f"{node.name}/dequantize", (name, source.scale, source.zero), (old,), attributes)
        for name, old in zip(names, node.outputs, strict=True)
    )
    return (*moves, *dequantized)
