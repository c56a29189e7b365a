"""Random quantized layers that only kernels without a vector's width serve: groups, depthwise ones with odd channels,
averages, matrix products, images of one pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from layers import KINDS, Model

KINDS_OF_LAYER = ("grouped", "depthwise", "average", "dense", "added")


@st.composite
def more_layers(draw: st.DrawFn) -> tuple[str, int]:
    """(kind, seed)"""
    return draw(st.sampled_from(KINDS_OF_LAYER)), draw(st.integers(0, 9999))


def model_of_more(*given: tuple[str, int]) -> Any:
    model = Model()
    for kind, seed in given:
        rng = np.random.default_rng(seed)
        x, y = (str(rng.choice(["int8", "uint8"])) for _ in range(2))
        zeros = [int(rng.integers(np.iinfo(each).min, np.iinfo(each).max + 1)) for each in (x, y)]
        name, scale = _LAYERS[kind](model, rng, x, zeros[0])
        model.output(model.quantize(name, scale, y, zeros[1]), KINDS[y])
    return model.build()


def _weights(model: Model, rng: np.random.Generator, shape: tuple[int, ...], axis: int = 0) -> str:
    scales = rng.uniform(0.005, 0.02, shape[axis]).astype(np.float32)
    values = model.constant(rng.integers(-128, 128, shape), np.int8)
    zeros = model.constant(np.zeros(shape[axis]), np.int8)
    return model.op("DequantizeLinear", values, model.constant(scales, np.float32), zeros, axis=axis)


def _size(rng: np.random.Generator, kernel: int, dilation: int, pad: int) -> int:
    return max(int(rng.choice([1, 2, 5, 8])), dilation * (kernel - 1) + 1 - 2 * pad)


def _convolution(
    model: Model, rng: np.random.Generator, kind: str, zero: int, groups: int, inputs: int, outputs: int
) -> tuple[str, float]:
    kernel, stride, dilation = (int(rng.choice(values)) for values in ([1, 2, 3, 5], [1, 1, 2], [1, 1, 2]))
    pad = int(rng.integers(0, kernel))
    height, width = (_size(rng, kernel, dilation, pad) for _ in range(2))
    x = model.image([1, groups * inputs, height, width], kind, zero)
    w = _weights(model, rng, (groups * outputs, inputs, kernel, kernel))
    attributes: dict[str, Any] = {"strides": [stride] * 2, "dilations": [dilation] * 2, "pads": [pad] * 4}
    y = model.op("Conv", x, w, group=groups, kernel_shape=[kernel] * 2, **attributes)
    return y, 0.02 * (inputs * kernel * kernel) ** 0.5


def _grouped(model: Model, rng: np.random.Generator, kind: str, zero: int) -> tuple[str, float]:
    return _convolution(model, rng, kind, zero, *(int(rng.integers(*span)) for span in ((2, 4), (1, 6), (1, 5))))


def _depthwise(model: Model, rng: np.random.Generator, kind: str, zero: int) -> tuple[str, float]:
    return _convolution(model, rng, kind, zero, int(rng.choice([2, 3, 8, 17, 24])), 1, 1)


def _average(model: Model, rng: np.random.Generator, kind: str, zero: int) -> tuple[str, float]:
    x = model.image([1, int(rng.integers(1, 10)), 6, 8], kind, zero)
    return model.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2]), 0.02


def _dense(model: Model, rng: np.random.Generator, kind: str, zero: int) -> tuple[str, float]:
    rows, depth, columns = (int(rng.integers(*span)) for span in ((1, 4), (1, 70), (1, 9)))
    x = model.image([rows, depth], kind, zero)
    return model.op("MatMul", x, _weights(model, rng, (depth, columns), 1)), 0.02 * depth**0.5


def _added(model: Model, rng: np.random.Generator, kind: str, zero: int) -> tuple[str, float]:
    """A depthwise convolution and what is added to it."""
    channels, size = int(rng.choice([3, 8, 11])), int(rng.choice([1, 2, 6]))
    x = model.image([1, channels, size, size], kind, zero)
    y = model.op("Conv", x, _weights(model, rng, (channels, 1, 3, 3)), group=channels, pads=[1] * 4)
    added = model.image([1, channels, size, size], "uint8", 7, 0.05)
    return model.op("Relu", model.op("Add", model.requantize(y, 0.06, "int8", -3), added)), 0.08


_LAYERS = {"grouped": _grouped, "depthwise": _depthwise, "average": _average, "dense": _dense, "added": _added}
