"""Q/DQ graphs become integer graphs whose every operator agrees with ONNX Runtime."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from networks import quantized, student
from onnx import TensorProto, helper, numpy_helper
from strict import STRICT

from thenar.compile import translate

onnxruntime = pytest.importorskip("onnxruntime")
pytestmark = [pytest.mark.native, pytest.mark.runtime]

IMAGE = (1, 1, 32, 32)


@pytest.mark.parametrize("activations", ["uint8", "int8"])
@pytest.mark.parametrize("per_channel", [True, False])
def test_a_whole_network_stays_integer_and_agrees(activations: str, per_channel: bool) -> None:
    model = quantized(student(), shape=IMAGE, per_channel=per_channel, activations=activations)
    library = translate(model, STRICT)
    floats = Counter(call.kernel for call in library.program.calls if "float" in call.kernel)
    assert not floats
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    native = library.native()
    for seed in range(3):
        feeds = {"image": np.random.default_rng(seed).standard_normal(IMAGE).astype(np.float32)}
        for want, got in zip(session.run(None, feeds), native.run(feeds).values(), strict=True):
            steps = np.rint(np.abs(want - got) / _step(want))
            assert steps.max() <= 3
            assert (steps <= 1).mean() > 0.99


def _step(values: np.ndarray) -> float:
    """The smallest distance between two values of a dequantized tensor."""
    return float(np.diff(np.unique(values)).min())


def one_operator(op: str, inputs: list[tuple[Any, float, int]], y: tuple[float, int], **attributes: Any) -> Any:
    """A Q/DQ model of one operator; inputs are (shape of an input or int8 weights, scale, zero); y is (scale, zero)."""
    nodes, weights, ports, names = [], [], [], []

    def constant(name: str, value: Any, dtype: Any) -> str:
        weights.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    for i, (what, scale, zero) in enumerate(inputs):
        fixed = isinstance(what, np.ndarray)
        parameters = [constant(f"s{i}", scale, np.float32), constant(f"z{i}", zero, np.int8 if fixed else np.uint8)]
        source = constant(f"x{i}", what, np.int8) if fixed else f"x{i}"
        if not fixed:
            ports.append(helper.make_tensor_value_info(source, TensorProto.UINT8, list(what)))
        nodes.append(helper.make_node("DequantizeLinear", [source, *parameters], [f"f{i}"]))
        names.append(f"f{i}")
    nodes.append(helper.make_node(op, names, ["f"], **attributes))
    parameters = [constant("s", y[0], np.float32), constant("z", y[1], np.uint8)]
    nodes.append(helper.make_node("QuantizeLinear", ["f", *parameters], ["y"]))
    result = helper.make_tensor_value_info("y", TensorProto.UINT8, None)
    graph = helper.make_graph(nodes, "one", ports, [result], weights)
    from onnx import shape_inference

    return shape_inference.infer_shapes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    )


def _weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).integers(-127, 128, shape).astype(np.int8)


X, W = ((1, 6, 9, 7), 0.02, 100), 0.01
CASES: dict[str, Any] = {
    "conv": one_operator("Conv", [X, (_weights(4, 6, 3, 3), W, 0)], (0.03, 120), pads=[1, 1, 1, 1]),
    "strided": one_operator("Conv", [X, (_weights(4, 6, 3, 3), W, 0)], (0.03, 120), strides=[2, 2], pads=[0, 1, 1, 0]),
    "grouped": one_operator("Conv", [X, (_weights(9, 2, 3, 3), W, 0)], (0.02, 0), group=3),
    "depthwise": one_operator("Conv", [X, (_weights(6, 1, 3, 3), W, 0)], (0.02, 0), group=6, dilations=[2, 2]),
    "transposed": one_operator("ConvTranspose", [X, (_weights(6, 4, 3, 3), W, 0)], (0.05, 90), strides=[2, 2]),
    "weights' zero": one_operator("Conv", [X, (_weights(4, 6, 1, 1), W, 5)], (0.03, 120)),
    "add": one_operator("Add", [X, ((1, 6, 1, 1), 0.013, 7)], (0.03, 120)),
    "mul": one_operator("Mul", [X, ((6, 9, 7), 0.013, 200)], (0.05, 128)),
    "mean": one_operator("GlobalAveragePool", [X], (0.004, 128)),
    "matmul": one_operator("MatMul", [((3, 5), 0.02, 9), ((5, 4), 0.03, 200)], (0.05, 128)),
    "sigmoid": one_operator("Sigmoid", [X], (1 / 255, 0)),
    "average": one_operator("AveragePool", [X], (0.018, 90), kernel_shape=[2, 3], strides=[2, 2]),
    "concat": one_operator("Concat", [X, ((1, 2, 9, 7), 0.05, 3)], (0.03, 120), axis=1),
    "max": one_operator("MaxPool", [X], (0.03, 120), kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
}


@pytest.mark.parametrize("name", CASES)
def test_one_operator_is_within_a_step(name: str) -> None:
    model = CASES[name]
    library = translate(model, STRICT)
    assert not any("float" in call.kernel or "quantize" in call.kernel for call in library.program.calls)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    native, rng = library.native(), np.random.default_rng(0)
    feeds = {tensor.name: rng.integers(0, 256, tensor.shape).astype(np.uint8) for tensor in native.inputs}
    want, got = session.run(None, feeds)[0], native.run(feeds)["y"]
    difference = np.abs(want.astype(int) - got.astype(int))
    assert difference.max() <= 1
    assert (difference == 0).mean() > 0.97
