"""Float32 operators around convolutions: elementwise ones, means, matrix products, at every level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from networks import Net
from onnx.reference import ReferenceEvaluator
from test_qconv import LEVELS, at_level

from thenar.compile import translate

pytestmark = pytest.mark.native

UNARY: dict[str, dict[str, Any]] = {
    **{op: {} for op in ("Relu", "Neg", "Abs", "Sigmoid", "HardSwish", "Tanh", "Erf", "Mish")},
    **{"LeakyRelu": {"alpha": 0.1}, "Elu": {"alpha": 1.5}, "HardSigmoid": {"alpha": 0.3}},
}


def functions(shape: tuple[int, ...], *, convolved: bool) -> Any:
    """Every elementwise operator over an input, which is the result of a convolution where `convolved`."""
    net = Net(1, opset=20)
    x = net.conv("x", shape[1], shape[1], 1) if convolved else "x"
    results = [net.op(op, x, **attributes) for op, attributes in UNARY.items()]
    results += [net.op("Gelu", x), net.op("Gelu", x, approximate="tanh")]
    one, channel = net.constant(np.float32(1.5)), net.random(shape[1], 1, 1)
    results.append(net.op("Clip", x, net.constant(np.float32(-0.5)), one))
    results.append(net.op("Mul", net.op("Sub", x, channel), net.op("Sigmoid", net.op("Add", one, x))))
    results.append(net.op("Max", net.op("Div", x, one), net.op("Min", net.op("PRelu", x, channel), one)))
    results.append(net.op("Reciprocal", net.op("Add", net.op("Abs", x), one)))
    return net.model({"x": shape}, results)


def gated(channels: int) -> Any:
    """Blocks of a MobileNetV3: depthwise, a gate for each channel, a sum, pooled and classified."""
    net, c = Net(2), channels
    x = net.op("HardSwish", net.conv("x", 3, c, stride=2))
    y = net.op("HardSwish", net.conv(x, c, c, 5, group=c))
    gate = net.op("Relu", net.conv(net.op("GlobalAveragePool", y), c, c // 4, 1))
    y = net.op("Mul", net.op("HardSigmoid", net.conv(gate, c // 4, c, 1)), y)
    x = net.op("Relu", net.op("Add", x, net.op("Sigmoid", net.op("Mul", net.conv(y, c, c, 1), y))))
    x = net.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = net.op("Flatten", net.op("ReduceMean", net.conv(x, c, 2 * c), axes=[2, 3]))
    scores = net.op("Gemm", x, net.random(2 * c, 37), net.random(37), alpha=0.5, beta=2.0)
    rows = net.op("MatMul", net.op("Reshape", "z", net.constant(np.array([2, 5, 11]))), net.random(11, 70))
    return net.model({"x": (1, 3, 18, 22), "z": (110,)}, [scores, net.op("Gelu" if net.opset > 19 else "Erf", rows)])


def check(model: Any, level: int, tolerance: float) -> list[str]:
    """Compare with ONNX's reference evaluator; the headers of the calls."""
    library = translate(model, at_level(level))
    native, rng = library.native(), np.random.default_rng(0)
    feeds = {tensor.name: 3 * rng.standard_normal(tensor.shape).astype(np.float32) for tensor in native.inputs}
    for want, (name, got) in zip(ReferenceEvaluator(model).run(None, feeds), native.run(feeds).items(), strict=True):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * np.abs(want).max(), err_msg=name)
    return [call.header for call in library.program.calls]


@pytest.mark.parametrize("level", [LEVELS["portable"], LEVELS["avx512"]])
@pytest.mark.parametrize(("shape", "convolved"), [((1, 5, 3, 7), True), ((1, 20, 4, 5), True), ((2, 3, 5, 19), False)])
def test_functions(shape: tuple[int, ...], convolved: bool, level: int) -> None:
    headers = check(functions(shape, convolved=convolved), level, 2e-6)
    assert headers.count("lanes/map") == len(UNARY) + 6


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("channels", [12, 32])
def test_gates_means_and_products(channels: int, level: int) -> None:
    headers = check(gated(channels), level, 1e-5)
    assert not {"binary", "unary", "reduce", "pool", "matmul", "conv"} & set(headers)
    assert headers.count("nhwc/move_float") == 1  # one transposition, of the input


def integral(count: int, *, sums: int = 2, shown: bool = False, parts: int = 3) -> Any:
    """Positions read off maps of `count` values, as `thenar.nets.decode` does it, and how sure each is."""
    net, joints = Net(3), 5
    near = net.op("Reshape", "near", net.constant(np.array([1, joints, count])))
    bias = net.op("Mul", net.op("Sub", "seen", net.constant(np.float32(1))), net.constant(np.float32(1e4)))
    weight = net.op("Softmax", net.op("Add", net.op("Mul", near, net.constant(np.float32(30))), bias), axis=2)
    reach = net.op("Mul", net.op("Sub", net.constant(np.float32(1)), near), net.constant(np.float32(0.8)))
    two, last = net.constant(np.array([2])), [net.constant(np.array([axis])) for axis in (3, 2)]
    moved = net.op("Mul", "offset", net.op("Unsqueeze", reach, two))
    found = net.op("Mul", net.op("Add", moved, "point"), net.op("Unsqueeze", weight, two))
    results = [net.op("ReduceSum", found, last[0], keepdims=0)]
    if sums > 1:
        results.append(net.op("ReduceSum", net.op("Mul", weight, near), last[1], keepdims=0))
    results += [net.op("Identity", weight)] if shown else []
    shapes = {"near": (joints * count,), "seen": (1, 1, count)}
    return net.model({**shapes, "offset": (1, joints, parts, count), "point": (1, 1, parts, count)}, results)


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize(("count", "sums", "parts"), [(256, 2, 3), (64, 1, 1), (48, 2, 4), (16, 1, 2)])
def test_sums_weighted_by_a_softmax_are_one_pass(count: int, sums: int, parts: int, level: int) -> None:
    headers = check(integral(count, sums=sums, parts=parts), level, 1e-5)
    assert headers.count("lanes/weighted") == 1 and not {"lanes/rows", "lanes/fused"} & set(headers)


@pytest.mark.parametrize("options", [{"count": 50}, {"count": 64, "shown": True}, {"count": 64, "parts": 5}])
def test_weights_that_serve_more_than_sums_are_written(options: dict[str, Any]) -> None:
    assert "lanes/weighted" not in check(integral(**options), LEVELS["portable"], 1e-5)
