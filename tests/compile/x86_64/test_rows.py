"""Softmax and sums along the last axis agree with ONNX's reference evaluator, at every level of instructions."""

from __future__ import annotations

import numpy as np
import pytest
from layers import Model
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from test_qconv import LEVELS, at_level

from thenar.compile import translate

pytestmark = pytest.mark.native

LENGTHS = (1, 7, 16, 100, 257)


def rows(length: int) -> Model:
    """Softmax, mean, sum, and sums of products that broadcast in every way, along rows of `length` values."""
    model = Model()
    shapes = {"x": [2, 3, length], "y": [1, 3, length], "z": [2, 1, 1], "r": [length]}
    model.inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    last = model.constant([-1], np.int64)
    product = model.op("Mul", model.op("Sub", "x", model.op("Mul", "x", "y")), "z")
    long = model.op(
        "Add", model.op("Mul", model.op("Mul", "x", "r"), model.op("Add", "y", "x")), model.op("Mul", "z", "x")
    )
    for result in (
        model.op("Softmax", "x", axis=-1),
        model.op("ReduceSum", "x", last, keepdims=0),
        model.op("ReduceMean", "x", axes=[-1]),
        model.op("ReduceSum", product, last),
        model.op("ReduceSum", long, last, keepdims=0),
    ):
        model.output(result, TensorProto.FLOAT)
    return model


@pytest.mark.parametrize("level", [LEVELS["portable"], LEVELS["avx512"]])
@pytest.mark.parametrize("length", LENGTHS)
def test_rows(length: int, level: int) -> None:
    model = rows(length).build()
    library = translate(model, at_level(level))
    assert sum("sum_of" in call.kernel for call in library.program.calls) == 2
    native, rng = library.native(), np.random.default_rng(0)
    feeds = {tensor.name: 5 * rng.standard_normal(tensor.shape).astype(np.float32) for tensor in native.inputs}
    results = native.run(feeds)
    for want, got in zip(ReferenceEvaluator(model).run(None, feeds), results.values(), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-4)


def test_softmax_of_huge_and_infinite_logits_is_finite() -> None:
    model = rows(100).build()
    native = translate(model, at_level(LEVELS["avx512"])).native()
    feeds = {tensor.name: np.zeros(tensor.shape, np.float32) for tensor in native.inputs}
    feeds["x"][:] = -1e4
    feeds["x"][:, :, 42] = 1e4
    feeds["x"][:, :, 43] = -np.inf
    weights = next(iter(native.run(feeds).values()))
    assert weights[0, 0, 42] == 1
    assert weights.sum() == 6
