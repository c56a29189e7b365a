"""Small networks with random weights, for the tests of the compiler; `quantized` gives them Q/DQ nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, shape_inference


class Net:
    """Builds an ONNX model node by node; every method returns the name of the tensor that it made."""

    def __init__(self, seed: int = 0, opset: int = 17) -> None:
        self.rng = np.random.default_rng(seed)
        self.opset = opset
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.count = 0

    def constant(self, value: np.ndarray) -> str:
        self.count += 1
        self.weights.append(numpy_helper.from_array(value, f"w{self.count}"))
        return f"w{self.count}"

    def op(self, op: str, *inputs: str, **attributes: Any) -> str:
        self.count += 1
        self.nodes.append(
            helper.make_node(op, list(inputs), [f"t{self.count}"], name=f"{op}{self.count}", **attributes)
        )
        return f"t{self.count}"

    def random(self, *shape: int, scale: float = 1.0) -> str:
        return self.constant((self.rng.standard_normal(shape) * scale).astype(np.float32))

    def conv(
        self, x: str, c_in: int, c_out: int, k: int = 3, *, stride: int = 1, group: int = 1, dilation: int = 1
    ) -> str:
        w = self.random(c_out, c_in // group, k, k, scale=(2 / (c_in // group * k * k)) ** 0.5)
        pad = dilation * (k // 2)
        return self.op(
            "Conv", x, w, self.random(c_out, scale=0.1),
            strides=[stride] * 2, pads=[pad] * 4, group=group, dilations=[dilation] * 2,
        )  # fmt: skip

    def model(self, inputs: dict[str, Sequence[int]], outputs: Sequence[str]) -> Any:
        graph = helper.make_graph(
            self.nodes,
            "net",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=9)
        return shape_inference.infer_shapes(model)


def student(seed: int = 0, size: int = 32, channels: int = 8) -> Any:
    """An image (1, 1, size, size) to maps: strided and residual convolutions, depthwise, gate, pyramid, two heads."""
    net, c = Net(seed), channels
    x = net.op("Relu", net.conv("image", 1, c, stride=2))
    y = net.op("Relu", net.conv(x, c, c))
    x = net.op("Relu", net.op("Add", net.conv(y, c, c), x))
    x = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    y = net.op("Clip", net.conv(x, c, 2 * c, 1), net.constant(np.float32(0)), net.constant(np.float32(6)))
    y = net.op("HardSwish", net.conv(y, 2 * c, 2 * c, group=2 * c, dilation=2))
    gate = net.op("Sigmoid", net.conv(net.op("GlobalAveragePool", y), 2 * c, 2 * c, 1))
    y = net.op("Mul", y, gate)
    up = net.op("ConvTranspose", y, net.random(2 * c, c, 4, 4, scale=0.1), strides=[2, 2], pads=[1] * 4)
    scales = net.constant(np.array([1, 1, 2, 2], np.float32))
    corners = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    wide = net.op("Resize", net.conv(x, c, c, 1), "", scales, mode="nearest", **corners)
    x = net.op("Concat", net.op("Relu", up), wide, axis=1)
    maps = net.conv(x, 2 * c, 5, 1)
    pooled = net.op("Flatten", net.op("AveragePool", x, kernel_shape=[4, 4], strides=[4, 4]))
    cells = 2 * c * (size // 8) ** 2
    scores = net.op("Gemm", pooled, net.random(7, cells, scale=cells**-0.5), net.random(7), transB=1)
    return net.model({"image": (1, 1, size, size)}, [maps, scores])


def quantized(model: Any, *, shape: Sequence[int], per_channel: bool = True, activations: str = "uint8") -> Any:
    """`model` with Q/DQ nodes, calibrated by ONNX Runtime on standard normal images of `shape`."""
    import tempfile
    from pathlib import Path

    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Images(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            rng = np.random.default_rng(1)
            self.left = [{"image": rng.standard_normal(shape).astype(np.float32)} for _ in range(4)]

        def get_next(self) -> Any:
            return self.left.pop() if self.left else None

    with tempfile.TemporaryDirectory() as scratch:
        before, after = Path(scratch) / "float.onnx", Path(scratch) / "int8.onnx"
        onnx.save(model, before)
        kind = QuantType.QUInt8 if activations == "uint8" else QuantType.QInt8
        quantize_static(before, after, Images(), quant_format=QuantFormat.QDQ, per_channel=per_channel,
                        activation_type=kind, weight_type=QuantType.QInt8)  # fmt: skip
        return onnx.load(after)
