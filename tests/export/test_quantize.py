from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.runtime]
torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("nncf")

from standin import depth, feeds, mean_mm, stand_in  # noqa: E402

import thenar.run  # noqa: E402
from thenar.errors import MissingExtra, ThenarError  # noqa: E402
from thenar.export import QuantizeOptions, metadata_of, quantize, to_onnx  # noqa: E402
from thenar.export.qdq import check_weights, float_nodes  # noqa: E402

FAST = QuantizeOptions(samples=20, bias_correction="fast")
RUNTIMES = ("openvino", "onnxruntime")


@cache
def float32(seed: int = 0) -> bytes:
    return to_onnx(stand_in(seed), {"depth": torch.zeros(1, 1, 32, 32)}, ["uvd", "confidence"])


@cache
def int8(seed: int = 0, **changes: Any) -> bytes:
    return quantize(float32(seed), feeds(20, seed), dataclasses.replace(FAST, **changes))


def answers(model: bytes, runtime: str) -> Any:
    with thenar.run.open(model, runtime) as session:
        return session.run_many({"depth": depth(100, seed=77)})["uvd"]


@pytest.mark.parametrize("seed", range(2))
def test_runtimes_agree_in_int8(seed: int) -> None:
    openvino, onnxruntime = (answers(int8(seed), runtime) for runtime in RUNTIMES)
    assert mean_mm(openvino, onnxruntime) < 1.0
    assert mean_mm(openvino, answers(float32(seed), "openvino")) < 4.0


@pytest.mark.parametrize("seed", range(2))
def test_float_residuals_agree_closely(seed: int) -> None:
    openvino, onnxruntime = (answers(int8(seed, residual="float"), runtime) for runtime in RUNTIMES)
    assert mean_mm(openvino, onnxruntime) < 0.1


def test_file_is_small_standard_and_int8() -> None:
    model = onnx.load_from_string(int8())
    onnx.checker.check_model(model, full_check=True)
    assert len(int8()) < 0.5 * len(float32())
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    source = {name: node for node in model.graph.node for name in node.output}
    for conv in (node for node in model.graph.node if node.op_type == "Conv"):
        weight, bias = (source[name].input[0] for name in conv.input[1:])
        assert constants[weight].dtype == np.int8
        assert constants[bias].dtype == np.int32
        scale = constants[source[conv.input[1]].input[1]]
        assert scale.shape == (constants[weight].shape[0],), "one scale per output channel"
    float_weights = [name for name, value in constants.items() if value.dtype == np.float32 and value.ndim == 4]
    assert all(constants[name].size <= 32 * 32 for name in float_weights)


@cache
def refined_int8() -> tuple[bytes, bytes]:
    """Float and int8 model of a network that ends in two linear layers, one of them large."""
    torch.manual_seed(0)
    body = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3, 2, 1), torch.nn.ReLU(), torch.nn.AvgPool2d(4))
    head = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(128, 40), torch.nn.ReLU(), torch.nn.Linear(40, 3))
    model = to_onnx(torch.nn.Sequential(body, head), {"depth": torch.zeros(1, 1, 32, 32)}, ["uvd"])
    return model, quantize(model, feeds(20, 0), FAST)


def test_large_weights_of_a_float_head_are_int8_and_computed_alike() -> None:
    plain, small = refined_int8()
    stored = {t.name: t for t in onnx.load_from_string(small).graph.initializer}
    shapes = {tuple(t.dims): t.data_type for t in stored.values()}
    assert shapes[(40, 128)] == onnx.TensorProto.INT8
    assert shapes[(3, 40)] == onnx.TensorProto.FLOAT  # too few to be worth it
    first, *others = (answers(small, runtime) for runtime in (*RUNTIMES, "native"))
    for other in others:
        np.testing.assert_allclose(other, first, atol=2e-2 * np.abs(first).max())
    assert np.abs(first - answers(plain, "openvino")).mean() < 0.02 * np.abs(first).max()


def test_zero_points_that_are_zero_are_left_out() -> None:
    model = onnx.load_from_string(int8())
    values = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    constant = [n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.input[0] in values]
    assert constant
    for node in constant:
        assert len(node.input) == 2 or values[node.input[2]].any()


def test_decoding_stays_float() -> None:
    model = onnx.load_from_string(int8())
    softmax = next(node for node in model.graph.node if node.op_type == "Softmax")
    producer = {name: node for node in model.graph.node for name in node.output}
    kinds = []
    while softmax is not None and softmax.op_type != "Conv":
        softmax = producer.get(softmax.input[0])
        kinds.append(softmax.op_type if softmax else "nothing")
    assert kinds[-1] == "Conv"
    assert "DequantizeLinear" not in kinds


def test_kernels_are_int8() -> None:
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(core.read_model(__import__("io").BytesIO(int8())), "CPU")
    info = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    kernels = [str(i["primitiveType"].astype(str)) for i in info if i["layerType"].astype(str) == "Convolution"]
    assert len(kernels) == 5
    assert all(kernel.lower().endswith("i8") for kernel in kernels), kernels


def test_onnxruntime_runs_integer_convolutions(tmp_path: Any) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.log_severity_level = 4
    onnxruntime.InferenceSession(int8(), options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimized.onnx").graph.node]
    assert kinds.count("QLinearConv") == 4  # all but the head, whose output stays float


def test_same_bytes_twice_and_lineage() -> None:
    assert quantize(float32(), feeds(20, 0), FAST) == int8()
    assert metadata_of(int8())["thenar.float32_sha256"] == __import__("hashlib").sha256(float32()).hexdigest()


def test_widest_ranges_are_wider() -> None:
    def activation_scales(model: bytes) -> float:
        tensors = {tensor.name: tensor for tensor in onnx.load_from_string(model).graph.initializer}
        scales = [onnx.numpy_helper.to_array(tensors[name]) for name in tensors if name.startswith("scale_/")]
        return float(sum(scale for scale in scales if not scale.ndim))

    assert activation_scales(int8(ranges="widest")) > activation_scales(int8())


def test_first_layer_can_stay_float() -> None:
    model = onnx.load_from_string(int8(first_layer=False))
    first = next(node for node in model.graph.node if node.op_type == "Conv")
    assert first.input[0] == "depth"


def test_seven_bit_weights() -> None:
    for tensor in onnx.load_from_string(int8(reduce_range=True)).graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype == np.int8 and array.ndim == 4:
            assert np.abs(array.astype(int)).max() <= 64


def test_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    quantize(float32(), feeds(2, 0), QuantizeOptions(bias_correction="full"))
    assert capfd.readouterr().out == ""


def nan_feed() -> dict[str, Any]:
    return {"depth": np.full((1, 1, 32, 32), np.nan, np.float32)}


@pytest.mark.parametrize(
    ("model", "calibration", "says"),
    [
        (b"no model", feeds(1, 0), "not an ONNX model"),
        (None, [], "no calibration input"),
        (None, [nan_feed()], "calibration input 0 has NaN"),
        (None, [{"image": np.zeros((1, 1, 32, 32))}], r"calibration input 0 is \{'image'.*give \{'depth'"),
        (None, [{"depth": np.zeros((1, 32, 32))}], r"calibration input 0 .*\(1, 1, 32, 32\)"),
    ],
)
def test_bad_input_is_one_line(model: bytes | None, calibration: list[Any], says: str) -> None:
    with pytest.raises(ThenarError, match=says) as caught:
        quantize(model or float32(), calibration, FAST)
    assert "\n" not in str(caught.value)


def test_missing_nncf_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nncf", None)
    with pytest.raises(MissingExtra, match=r"nncf is not installed.*thenar\[train\]"):
        quantize(float32(), feeds(1, 0))


def test_float_nodes_are_those_without_a_convolution_after() -> None:
    model = onnx.load_from_string(float32())
    names = set(float_nodes(model))
    kinds = {node.name: node.op_type for node in model.graph.node}
    assert {"Softmax", "Concat", "ReduceSum"} <= {kinds[name] for name in names}
    assert not {"Conv", "ConvTranspose", "Relu"} & {kinds[name] for name in names}


def test_float_weights_under_a_quantizer_are_refused() -> None:
    helper = onnx.helper
    node = helper.make_node("QuantizeLinear", ["w", "s", "z"], ["q"], name="q")
    constants = [onnx.numpy_helper.from_array(np.ones(4, np.float32), "w")]
    graph = helper.make_graph([node], "g", [], [], constants)
    with pytest.raises(ThenarError, match="weight w is stored as float"):
        check_weights(helper.make_model(graph))


class Projecting(torch.nn.Module):
    """Two convolutions meet in an addition, as in a ResNet's first block of a stage."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = torch.nn.Conv2d(1, 8, 3, 2, 1)
        self.residual = torch.nn.Sequential(
            torch.nn.Conv2d(8, 16, 3, 2, 1), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3, 1, 1)
        )
        self.identity = torch.nn.Conv2d(8, 16, 1, 2)
        self.head = torch.nn.Conv2d(16, 4, 1)

    def forward(self, depth: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.stem(depth))
        return self.head(torch.relu(self.residual(x) + self.identity(x)))  # type: ignore[no-any-return]


def test_biases_are_corrected_where_two_convolutions_meet() -> None:
    torch.manual_seed(0)
    network = Projecting().eval()
    model = to_onnx(network, {"depth": torch.zeros(1, 1, 32, 32)}, ["maps"])
    quantized = quantize(model, feeds(8, 0), QuantizeOptions(bias_correction="full"))
    images = depth(4, seed=5)
    with thenar.run.open(quantized, "openvino") as session, torch.inference_mode():
        maps = network(torch.from_numpy(images)).numpy()
        assert np.abs(session.run_many({"depth": images})["maps"] - maps).max() < 0.05


def test_what_a_depthwise_convolution_reads_has_one_scale() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3, 2, 1), torch.nn.ReLU6(), torch.nn.Conv2d(8, 8, 3, 1, 1, groups=8), torch.nn.ReLU6()
    ).eval()
    quantized = quantize(to_onnx(network, {"depth": torch.zeros(1, 1, 32, 32)}, ["maps"]), feeds(4, 0), FAST)
    model = onnx.load_from_string(quantized)
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    scales = [constants[node.input[1]] for node in model.graph.node if node.op_type == "QuantizeLinear"]
    assert scales
    assert all(scale.size == 1 for scale in scales)
