"""Small ONNX models whose right answers are plain arithmetic."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

SHAPE = (1, 3, 4)


def arithmetic(batch: int | str = 1) -> bytes:
    """a, b (1, 3, 4) float32 -> total = a + b (1, 3, 4), and sum (1,) of it over all but the batch."""
    shape = [batch, *SHAPE[1:]]
    a, b, total = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("a", "b", "total"))
    sums = helper.make_tensor_value_info("sum", TensorProto.FLOAT, [batch])
    axes = helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2])
    nodes = [
        helper.make_node("Add", ["a", "b"], ["total"], name="add"),
        helper.make_node("ReduceSum", ["total", "axes"], ["sum"], name="reduce", keepdims=0),
    ]
    graph = helper.make_graph(nodes, "arithmetic", [a, b], [total, sums], [axes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def write(folder: Path, data: bytes, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
