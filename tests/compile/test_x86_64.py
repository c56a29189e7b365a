"""The x86-64 kernels give the reference's answer bit for bit, over random layers of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from networks import quantized, student
from onnx import TensorProto, helper, numpy_helper
from strict import STRICT, STRICT_VNNI, STRICT_X86_64

from thenar.compile import targets, translate
from thenar.compile.ops.x86_64.packing import choose_tile

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(not targets.runs_here(targets.VNNI), reason="this CPU has no AVX-512 VNNI"),
]


class Layers:
    """A model of independent quantized layers, each with an input and an output of its own."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.weights: list[Any] = []

    def pick(self, *values: Any) -> Any:
        return values[self.rng.integers(len(values))]

    def constant(self, value: Any, dtype: Any) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def input(self, shape: list[int], kind: int) -> str:
        name = f"x{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def zero(self, kind: int) -> str:
        unsigned = kind == TensorProto.UINT8
        low, high = (0, 256) if unsigned else (-128, 128)
        return self.constant(self.pick(0, self.rng.integers(low, high)), np.uint8 if unsigned else np.int8)

    def conv(self, *, depthwise: bool = False, pixel: bool = False, wide: bool = False) -> None:
        rng = self.rng
        x_kind, y_kind = (self.pick(TensorProto.UINT8, TensorProto.INT8) for _ in range(2))
        c_in = int(self.pick(1, 3, 4, 8, 17, 32))
        c_out = c_in if depthwise else int(self.pick(1, 5, 16, 24, 33, 80))
        kernel = [int(self.pick(1, 2, 3, 5)) for _ in range(2)]
        dilation = [int(self.pick(1, 1, 2)) for _ in range(2)]
        pads = [int(rng.integers(0, k)) for k in (*kernel, *kernel)]
        size = [1, 1] if pixel else [int(rng.integers(1, 15)) for _ in range(2)]
        for axis in range(2):  # the window must fit
            short = dilation[axis] * (kernel[axis] - 1) + 1 - size[axis] - pads[axis] - pads[axis + 2]
            pads[axis] += max(short, 0)
        w = rng.integers(-128, 128, (c_out, 1 if depthwise else c_in, *kernel))
        scales = rng.uniform(0.5, 2.0, c_out) * (1e3 if wide else 1.0) / (w[0].size * 40)
        bias = rng.integers(-(2**26), 2**26, c_out) if wide else rng.integers(-3000, 3000, c_out)
        self._layer(
            "QLinearConv", [1, c_in, *size], x_kind, y_kind, w, scales, bias,
            kernel_shape=kernel, dilations=dilation, pads=pads, strides=[int(self.pick(1, 1, 2, 3)) for _ in range(2)],
            group=c_in if depthwise else 1,
        )  # fmt: skip

    def _layer(
        self, op: str, shape: list[int], x: int, y: int, w: Any, scales: Any, bias: Any, **attributes: Any
    ) -> None:
        name = f"y{len(self.outputs)}"
        inputs = [
            self.input(shape, x), self.constant(1.0, np.float32), self.zero(x), self.constant(w, np.int8),
            self.constant(scales, np.float32), self.constant(np.zeros(len(scales)), np.int8),
            self.constant(1.0, np.float32), self.zero(y), self.constant(bias, np.int32),
        ]  # fmt: skip
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        self.outputs.append(helper.make_tensor_value_info(name, y, [1, len(scales), "h", "w"]))

    def model(self) -> Any:
        graph = helper.make_graph(self.nodes, "layers", self.inputs, self.outputs, self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def assert_identical(model: Any, seeds: int = 3) -> None:
    want, got = translate(model, STRICT, name="want").native(), translate(model, STRICT_VNNI, name="got").native()
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        feeds = {tensor.name: _random(rng, tensor) for tensor in want.inputs}
        results = got.run(feeds)
        for name, value in want.run(feeds).items():
            np.testing.assert_array_equal(results[name], value, err_msg=name)


def test_float32_networks_are_as_exact_as_the_reference() -> None:
    for seed, channels in ((0, 8), (1, 20)):
        model = student(seed, channels=channels)
        library = translate(model, STRICT_VNNI, name="got")
        assert sum(call.kernel.startswith("conv_last") for call in library.program.calls) >= 10
        want, got = translate(model, STRICT, name="want").native(), library.native()
        feeds = {"image": _random(np.random.default_rng(seed), want.inputs[0])}
        results = got.run(feeds)
        for name, value in want.run(feeds).items():
            assert np.abs(results[name] - value).max() <= 1e-5 * np.abs(value).max()


def _random(rng: np.random.Generator, tensor: Any) -> np.ndarray:
    if tensor.dtype.kind == "f":
        return rng.standard_normal(tensor.shape).astype(np.float32)
    extremes = np.iinfo(tensor.dtype)
    return rng.integers(extremes.min, extremes.max + 1, tensor.shape).astype(tensor.dtype)


@pytest.mark.parametrize("seed", range(4))
def test_random_convolutions(seed: int) -> None:
    layers = Layers(seed)
    for _ in range(6):
        layers.conv()
    for _ in range(3):
        layers.conv(depthwise=True)
    layers.conv(pixel=True)
    layers.conv(wide=True)
    layers.conv(depthwise=True, wide=True)
    model = layers.model()
    assert not any(call.header == "qconv" for call in translate(model, STRICT_VNNI).program.calls)
    assert_identical(model)


def test_one_library_for_every_cpu_gives_the_same_answer() -> None:
    layers = Layers(11)
    layers.conv()
    model = layers.model()
    want, whole = translate(model, STRICT, name="want").native(), translate(model, STRICT_X86_64, name="whole")
    assert "__builtin_cpu_supports" in whole.source
    feeds = {tensor.name: _random(np.random.default_rng(0), tensor) for tensor in want.inputs}
    np.testing.assert_array_equal(whole.native().run(feeds)["y0"], want.run(feeds)["y0"])


@pytest.mark.runtime
@pytest.mark.parametrize("activations", ["uint8", "int8"])
def test_a_whole_network(activations: str) -> None:
    pytest.importorskip("onnxruntime")
    for seed, channels in ((0, 8), (1, 12)):
        assert_identical(quantized(student(seed, channels=channels), shape=(1, 1, 32, 32), activations=activations))


@pytest.mark.runtime
@pytest.mark.parametrize(
    ("kernel", "stride", "pad", "extra"),
    [(2, 2, 0, 0), (3, 2, 1, 1), (4, 2, 1, 0), (3, 3, 0, 2), (5, 2, 3, 0), (3, 1, 1, 0)],
)
def test_transposed_convolutions(kernel: int, stride: int, pad: int, extra: int) -> None:
    from networks import Net

    pytest.importorskip("onnxruntime")
    net = Net(kernel)
    x = net.op("Relu", net.conv("image", 3, 6))
    y = net.op(
        "ConvTranspose", x, net.random(6, 9, kernel, kernel, scale=0.2), net.random(9),
        strides=[stride] * 2, pads=[pad] * 4, output_padding=[extra] * 2,
    )  # fmt: skip
    model = quantized(net.model({"image": (1, 3, 7, 6)}, [net.conv(y, 9, 4, 1)]), shape=(1, 3, 7, 6))
    kernels = [call.kernel for call in translate(model, STRICT_VNNI).program.calls]
    assert not any("transpose" in kernel for kernel in kernels)
    assert_identical(model)


@pytest.mark.parametrize("columns", [1, 4, 7, 8, 16, 31, 64, 1000])
@pytest.mark.parametrize("channels", [1, 16, 24, 48, 64, 112, 256])
def test_tiles_fit_the_registers_and_cover_the_channels(columns: int, channels: int) -> None:
    tile = choose_tile(columns, channels)
    assert 1 <= tile.pixels * tile.blocks <= 24
    assert tile.pixels * tile.blocks + tile.blocks + 1 <= 32
