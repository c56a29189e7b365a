"""Models of independent random quantized layers, each with inputs and an output of its own, in Q/DQ form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

KINDS = {"uint8": TensorProto.UINT8, "int8": TensorProto.INT8}


@dataclass(frozen=True)
class Layer:
    """One convolution. `then` is what follows it: nothing, an addition (of an image, or of one half the size), a sum
    (the same, but what the convolution gives isn't rounded to bytes before), a pool, a table, all of these, or float32
    instead of bytes; or it says that the convolution is transposed or depthwise."""

    size: tuple[int, int]
    channels: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[int, int, int, int]
    types: tuple[str, str]
    zeros: tuple[int, int]
    then: str
    seed: int

    @property
    def out(self) -> tuple[int, int]:
        return tuple(
            (self.size[i] + self.pads[i] + self.pads[i + 2] - self.dilation[i] * (self.kernel[i] - 1) - 1)
            // self.stride[i] + 1
            for i in range(2)
        )  # type: ignore[return-value]  # fmt: skip


def _pair(values: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(values, values)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    kernel, stride = draw(_pair(st.sampled_from([1, 2, 3, 5]))), draw(_pair(st.sampled_from([1, 1, 2, 3])))
    dilation = draw(_pair(st.sampled_from([1, 1, 2])))
    pads = [draw(st.integers(0, k - 1)) for k in (*kernel, *kernel)]
    size = draw(_pair(st.sampled_from([1, 2, 4, 7, 9, 16, 19])))
    for axis in range(2):  # the window must fit
        short = dilation[axis] * (kernel[axis] - 1) + 1 - size[axis] - pads[axis] - pads[axis + 2]
        pads[axis] += max(short, 0)
    types = draw(_pair(st.sampled_from(["uint8", "int8"])))  # type: ignore[arg-type]
    zeros = tuple(draw(st.sampled_from([0, 3, 127] + ([255] if kind == "uint8" else [-128, -7]))) for kind in types)
    channels = draw(st.tuples(st.sampled_from([1, 3, 4, 8, 17, 32]), st.sampled_from([1, 5, 16, 24, 33, 80])))
    kinds = ["", "", "add", "add half", "sum", "sum half", "pool", "table", "float", "transpose", "depthwise", "join"]
    then = draw(st.sampled_from(kinds))
    if then == "transpose":
        kernel = tuple(max(k, s) for k, s in zip(kernel, stride, strict=True))  # type: ignore[assignment]
        pads, dilation = (
            [min(p, 1) if s > 1 or k > 1 else 0 for p, k, s in zip(pads, kernel * 2, stride * 2, strict=True)],
            (1, 1),
        )
    return Layer(size, channels, kernel, stride, dilation, tuple(pads), types, zeros, then, draw(st.integers(0, 999)))  # type: ignore[arg-type]


class Model:
    """Collects layers; `build` gives the ONNX model."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.weights: list[Any] = []
        self.count = 0

    def constant(self, value: Any, dtype: Any) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(value, dtype), f"w{len(self.weights)}"))
        return f"w{len(self.weights) - 1}"

    def op(self, op: str, *inputs: str, **attributes: Any) -> str:
        self.count += 1
        self.nodes.append(
            helper.make_node(op, list(inputs), [f"t{self.count}"], name=f"{op}{self.count}", **attributes)
        )
        return f"t{self.count}"

    def image(self, shape: list[int], kind: str, zero: int, scale: float = 0.02) -> str:
        """A dequantized input."""
        name = f"x{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, KINDS[kind], shape))
        return self.op("DequantizeLinear", name, self.constant(scale, np.float32), self.constant(zero, kind))

    def quantize(self, x: str, scale: float, kind: str, zero: int) -> str:
        return self.op("QuantizeLinear", x, self.constant(scale, np.float32), self.constant(zero, kind))

    def requantize(self, x: str, scale: float, kind: str, zero: int) -> str:
        q = self.quantize(x, scale, kind, zero)
        return self.op("DequantizeLinear", q, self.constant(scale, np.float32), self.constant(zero, kind))

    def add(self, layer: Layer) -> None:
        rng = np.random.default_rng(layer.seed)
        c_in, c_out = layer.channels
        transposed = layer.then == "transpose"
        if layer.then == "depthwise":
            c_out = c_in
        shape = (c_in, c_out, *layer.kernel) if transposed else (c_out, c_in, *layer.kernel)
        shape = (c_out, 1, *layer.kernel) if layer.then == "depthwise" else shape
        w, scales = rng.integers(-128, 128, shape), rng.uniform(0.5, 2.0, c_out).astype(np.float32) * np.float32(0.01)
        x = self.image([1, c_in, *layer.size], layer.types[0], layer.zeros[0])
        axis = 1 if transposed else 0
        wq = self.constant(w, np.int8)
        weights = self.op(
            "DequantizeLinear",
            wq,
            self.constant(scales, np.float32),
            self.constant(np.zeros(c_out), np.int8),
            axis=axis,
        )
        bias = self.op(
            "DequantizeLinear",
            self.constant(rng.integers(-3000, 3000, c_out), np.int32),
            self.constant(scales * np.float32(0.02), np.float32),
            axis=0,
        )
        common: dict[str, Any] = {
            "strides": layer.stride,
            "pads": layer.pads,
            "kernel_shape": layer.kernel,
            "dilations": layer.dilation,
        }
        common["group"] = c_out if layer.then == "depthwise" else 1
        y = self.op("ConvTranspose" if transposed else "Conv", x, weights, bias, **common)
        scale, kind, zero = 0.02 * 0.01 * 74 * 74 * (w[0].size ** 0.5) / 60, layer.types[1], layer.zeros[1]
        if layer.then == "float":
            return self.output(y, TensorProto.FLOAT)
        if layer.then in ("", "depthwise"):
            y = self.op("Relu", y)
        if layer.then.startswith(("add", "sum")):
            rows, columns = layer.out
            half = layer.then.endswith(" half") and rows % 2 == columns % 2 == 0
            r = self.image(
                [1, c_out, rows // 2, columns // 2] if half else [1, c_out, rows, columns], "int8", -5, scale * 0.7
            )
            if half:
                factors = self.constant([1, 1, 2, 2], np.float32)
                r = self.op(
                    "Resize",
                    r,
                    "",
                    factors,
                    mode="nearest",
                    coordinate_transformation_mode="asymmetric",
                    nearest_mode="floor",
                )
                r = self.requantize(r, scale * 0.7, "int8", -5)
            if layer.then.startswith("add"):
                y = self.requantize(y, scale, "int8", 3)
            y = self.op("Add", y, r)
            if layer.seed % 4:
                y = self.op("Relu", y)
        if layer.then == "pool":
            y = self.op("MaxPool", self.requantize(y, scale, kind, zero), kernel_shape=[2, 3], pads=[1, 1, 0, 1])
        if layer.then == "join":
            y = self.requantize(y, scale, kind, zero)
            pooled = self.requantize(self.op("MaxPool", y, kernel_shape=[3, 3], pads=[1] * 4), scale, kind, zero)
            added = self.op("Add", pooled, self.image([1, c_out, *layer.out], "int8", -5, scale * 0.7))
            y = self.op("Concat", self.requantize(added, scale, kind, zero), y, axis=1)
        if layer.then == "table":
            y = self.op("Sigmoid", self.requantize(y, scale, kind, zero))
            scale = 1 / 255
        self.output(self.quantize(y, scale, kind, zero), KINDS[kind])
        return None

    def output(self, name: str, kind: int) -> None:
        self.outputs.append(helper.make_tensor_value_info(name, kind, None))

    def build(self) -> Any:
        from onnx import shape_inference

        graph = helper.make_graph(self.nodes, "layers", self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        return shape_inference.infer_shapes(model)


def model_of(*given: Layer) -> Any:
    model = Model()
    for layer in given:
        model.add(layer)
    return model.build()
