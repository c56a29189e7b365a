"""Float32 layers on x86-64 agree with the reference to rounding, at every level of instructions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layers import Layer, Model, layers
from onnx import TensorProto, helper
from test_qconv import LEVELS, PLAIN, SETTINGS, at_level

from thenar.compile import translate

pytestmark = pytest.mark.native


def float_model(*given: Layer) -> Any:
    model = Model()
    for layer in given:
        rng = np.random.default_rng(layer.seed)
        c_in, c_out = layer.channels
        transposed = layer.then == "transpose"
        group = c_in if layer.then == "depthwise" else 4 if layer.then == "" and c_in % 4 == 0 else 1
        c_out = c_in if layer.then == "depthwise" else -(-c_out // group) * group
        w = rng.standard_normal((c_in, c_out, *layer.kernel) if transposed else (c_out, c_in // group, *layer.kernel))
        bias = model.constant(rng.standard_normal(c_out), np.float32)
        common: dict[str, Any] = {"strides": layer.stride, "pads": layer.pads, "dilations": layer.dilation}
        op, x = "ConvTranspose" if transposed else "Conv", image(model, [1, c_in, *layer.size])
        y = model.op(op, x, model.constant(w, np.float32), bias, kernel_shape=layer.kernel, group=group, **common)
        if layer.then == "depthwise" and layer.seed % 2:
            y = model.op("Add", y, image(model, [1, c_out, *layer.out]))
        rows, columns = layer.out
        if layer.then == "add":
            y = model.op("Relu", model.op("Add", y, image(model, [1, c_out, rows, columns])))
        if layer.then == "add half" and rows % 2 == columns % 2 == 0:
            half, factors = image(model, [1, c_out, rows // 2, columns // 2]), model.constant([1, 1, 2, 2], np.float32)
            mode = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            y = model.op("Add", model.op("Resize", half, "", factors, **mode), y)
        if layer.then == "pool":
            y = model.op("MaxPool", y, kernel_shape=[2, 3], pads=[1, 1, 0, 1])
        if layer.then == "join":
            y = model.op("Concat", y, model.op("MaxPool", y, kernel_shape=[3, 3], pads=[1] * 4), axis=1)
        if layer.then == "table":
            y = model.op("Clip", y, model.constant(-1.0, np.float32), model.constant(2.0, np.float32))
        model.output(y, TensorProto.FLOAT)
    return model.build()


def image(model: Model, shape: list[int]) -> str:
    name = f"x{len(model.inputs)}"
    model.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return name


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
@SETTINGS
@given(st.lists(layers(), min_size=10, max_size=10))
def test_random_layers(level: int, given: list[Layer]) -> None:
    model = float_model(*given)
    library = translate(model, at_level(level), name="got")
    assert sum(call.header in ("x86_64/conv", "x86_64/depthwise") for call in library.program.calls) >= len(given)
    want, got = translate(model, PLAIN, name="want").native(), library.native()
    rng = np.random.default_rng(7)
    feeds = {tensor.name: rng.standard_normal(tensor.shape).astype(np.float32) for tensor in want.inputs}
    results = got.run(feeds)
    for name, value in want.run(feeds).items():
        np.testing.assert_allclose(results[name], value, rtol=1e-5, atol=1e-5 * np.abs(value).max(), err_msg=name)


PANELS = {
    "kernel rows": Layer((9, 19), (40, 50), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), ("", ""), (0, 0), "pool", 1),
    "parts of rows": Layer((7, 9), (200, 33), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), ("", ""), (0, 0), "add", 2),
    "strides": Layer((9, 16), (160, 80), (3, 5), (2, 2), (1, 1), (1, 2, 1, 2), ("", ""), (0, 0), "table", 3),
    "dilation": Layer((9, 9), (161, 33), (3, 3), (1, 1), (2, 2), (2, 2, 2, 2), ("", ""), (0, 0), "join", 4),
    "groups": Layer((8, 8), (256, 256), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), ("", ""), (0, 0), "", 5),
    "pixels": Layer((8, 8), (320, 100), (1, 1), (1, 1), (1, 1), (0, 0, 0, 0), ("", ""), (0, 0), "add half", 6),
    "phases": Layer((5, 9), (256, 48), (4, 4), (2, 2), (1, 1), (1, 1, 1, 1), ("", ""), (0, 0), "transpose", 7),
    "bands": Layer((41, 37), (128, 20), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), ("", ""), (0, 0), "add", 8),
}
"""Layers whose weights pass by in panels: what a panel holds, or what else splits the work."""


@pytest.mark.parametrize("layer", PANELS.values(), ids=PANELS)
def test_weights_in_panels(layer: Layer) -> None:
    model = float_model(layer)
    want, got = translate(model, PLAIN, name="want").native(), translate(model, at_level(3), name="got").native()
    rng = np.random.default_rng(7)
    feeds = {tensor.name: rng.standard_normal(tensor.shape).astype(np.float32) for tensor in want.inputs}
    results = got.run(feeds)
    for name, value in want.run(feeds).items():
        np.testing.assert_allclose(results[name], value, rtol=1e-5, atol=1e-5 * np.abs(value).max(), err_msg=name)
