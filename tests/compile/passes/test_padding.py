"""Padding by name is the same as padding by numbers, and reaches the fast kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from networks import Net

from thenar.compile import compile, translate

IMAGE = np.random.default_rng(0).standard_normal((1, 4, 7, 10)).astype(np.float32)


def _model(op: str, mode: str, stride: int) -> Any:
    net = Net(seed=1)
    if op == "Conv":
        y = net.op(op, "image", net.random(6, 4, 3, 2), net.random(6), auto_pad=mode, strides=[stride] * 2)
    else:
        y = net.op(op, "image", auto_pad=mode, kernel_shape=[3, 2], strides=[stride] * 2)
    return net.model({"image": IMAGE.shape}, [y])


@pytest.mark.runtime
@pytest.mark.native
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("op", ["Conv", "MaxPool", "AveragePool"])
def test_padding_by_name_means_what_onnx_runtime_means(op: str, mode: str, stride: int) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    model = _model(op, mode, stride)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"image": IMAGE})
    (found,) = compile(model, "host").run({"image": IMAGE}).values()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_convolution_padded_by_name_leaves_the_naive_kernel() -> None:
    kernels = [call.kernel for call in translate(_model("Conv", "SAME_UPPER", 2), "x86-64").program.calls]
    assert not any(kernel.startswith("conv_float") for kernel in kernels), kernels
