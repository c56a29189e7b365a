from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.runtime]
torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("nncf")

from standin import depth, feeds, mean_mm, stand_in  # noqa: E402

import thenar.run  # noqa: E402
from thenar.export import QuantizeOptions, quantize, to_onnx  # noqa: E402
from thenar.grid import LARGE, round_rows  # noqa: E402

RUNTIMES = ("openvino", "onnxruntime", "native")


def on_a_grid(network: Any) -> Any:
    """`network` with large weights that four bits hold exactly, as training for four bits leaves them."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d) and module.weight.numel() >= LARGE:
                steps, scales = round_rows(module.weight.flatten(1).numpy(), 4)
                module.weight.copy_(torch.from_numpy(steps * scales[:, None]).reshape(module.weight.shape))
    return network


@pytest.fixture(scope="module")
def models() -> dict[str, bytes]:
    float32 = to_onnx(on_a_grid(stand_in(0)), {"depth": torch.zeros(1, 1, 32, 32)}, ["uvd", "confidence"])
    options = {"samples": 20, "bias_correction": "fast", "residual": "float", "compact": True}
    return {
        "float32": float32,
        "eight": quantize(float32, feeds(20, 0), QuantizeOptions(**options)),
        "four": quantize(float32, feeds(20, 0), QuantizeOptions(**options, weight_bits=4)),
    }


def answers(model: bytes, runtime: str) -> Any:
    with thenar.run.open(model, runtime, threads=1) as session:
        return session.run_many({"depth": depth(40, seed=77)})["uvd"]


def test_the_file_holds_large_weights_in_half_the_bytes(models: dict[str, bytes]) -> None:
    model = onnx.load_from_string(models["four"])
    onnx.checker.check_model(model, full_check=True)
    weights = {node.input[1] for node in model.graph.node if node.op_type == "Conv"}
    dequantized = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    casts = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Cast"}
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    halved = 0
    for name in (dequantized[weight] for weight in weights):
        tensor = stored[casts.get(name, name)]
        size = int(np.prod(tensor.dims))
        assert tensor.data_type == (onnx.TensorProto.INT4 if size >= LARGE else onnx.TensorProto.INT8)
        halved += size if size >= LARGE else 0
    assert halved > 20_000
    saved = len(models["eight"]) - len(models["four"])
    assert 0.45 * halved < saved <= 0.5 * halved


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_weights_that_were_trained_for_it_lose_nothing(models: dict[str, bytes], runtime: str) -> None:
    exact, eight, four = (answers(models[name], runtime) for name in ("float32", "eight", "four"))
    assert mean_mm(four, exact) < 1.1 * mean_mm(eight, exact) + 0.05


def test_runtimes_agree(models: dict[str, bytes]) -> None:
    first, *others = (answers(models["four"], runtime) for runtime in RUNTIMES)
    for other in others:
        assert mean_mm(first, other) < 0.1


def test_convolutions_stay_in_integers(models: dict[str, bytes], tmp_path: Any) -> None:
    import onnxruntime
    import openvino

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.log_severity_level = 4
    onnxruntime.InferenceSession(models["four"], options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimized.onnx").graph.node]
    assert "Cast" not in kinds
    assert kinds.count("QLinearConv") >= 3
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(__import__("io").BytesIO(models["four"])), "CPU")
    info = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    kernels = [str(i["primitiveType"].astype(str)) for i in info if i["layerType"].astype(str) == "Convolution"]
    assert len(kernels) == 5
    assert all(kernel.lower().endswith("i8") for kernel in kernels), kernels


def test_weights_that_were_not_trained_for_it_keep_eight_bits_beside_those_that_were() -> None:
    network = on_a_grid(stand_in(0))
    convolutions = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d)]
    free = max(convolutions, key=lambda module: module.weight.numel())
    with torch.no_grad():
        free.weight.copy_(torch.randn(free.weight.shape, generator=torch.Generator().manual_seed(0)) * 0.05)
    float32 = to_onnx(network, {"depth": torch.zeros(1, 1, 32, 32)}, ["uvd", "confidence"])
    options = QuantizeOptions(samples=20, bias_correction="fast", weight_bits=4)
    model = onnx.load_from_string(quantize(float32, feeds(20, 0), options))
    kinds = [tensor.data_type for tensor in model.graph.initializer if np.prod(tensor.dims) == free.weight.numel()]
    alike = [module for module in convolutions if module.weight.numel() == free.weight.numel()]
    assert sorted(kinds) == [onnx.TensorProto.INT8, *[onnx.TensorProto.INT4] * (len(alike) - 1)]
    assert onnx.TensorProto.INT4 in {tensor.data_type for tensor in model.graph.initializer}


def test_untrained_weights_lose_accuracy_but_not_the_hand() -> None:
    float32 = to_onnx(stand_in(1), {"depth": torch.zeros(1, 1, 32, 32)}, ["uvd", "confidence"])
    four = quantize(float32, feeds(20, 0), QuantizeOptions(samples=20, bias_correction="fast", weight_bits=4))
    lost = mean_mm(answers(four, "openvino"), answers(float32, "openvino"))
    assert 0.5 < lost < 15
