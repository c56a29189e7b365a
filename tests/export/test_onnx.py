from __future__ import annotations

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.runtime]
torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from standin import depth, stand_in  # noqa: E402

import thenar.run  # noqa: E402
from thenar.errors import MissingExtra, ThenarError  # noqa: E402
from thenar.export import metadata_of, to_onnx  # noqa: E402
from thenar.export.onnx import finish  # noqa: E402

OUTPUTS = ["uvd", "confidence"]


def exported(seed: int = 0, **options: object) -> bytes:
    return to_onnx(stand_in(seed), {"depth": torch.zeros(1, 1, 32, 32)}, OUTPUTS, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("seed", range(4))
def test_runtimes_agree_with_pytorch(seed: int, runtime: str) -> None:
    network, images = stand_in(seed), depth(50, seed)
    with torch.no_grad():
        uvd, confidence = network(torch.from_numpy(images))
    with thenar.run.open(exported(seed), runtime) as session:
        got = session.run_many({"depth": images})
    np.testing.assert_allclose(got["uvd"], uvd.numpy(), atol=1e-4)
    np.testing.assert_allclose(got["confidence"], confidence.numpy(), atol=1e-4)


def test_graph_is_plain() -> None:
    model = onnx.load_from_string(exported())
    kinds = {node.op_type for node in model.graph.node}
    assert not kinds & {"BatchNormalization", "Constant", "Identity", "Shape"}
    assert {"Conv", "ConvTranspose", "Softmax"} <= kinds
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    assert model.opset_import[0].version == 17
    names = {initializer.name for initializer in model.graph.initializer}
    assert {"stem.0.weight", "stem.0.bias", "up.0.weight", "head.weight"} <= names


def test_same_bytes_twice_and_metadata() -> None:
    first = exported(metadata={"made.by": "a test"})
    assert first == exported(metadata={"made.by": "a test"})
    assert metadata_of(first)["made.by"] == "a test"
    assert metadata_of(first)["thenar.graph_sha256"] == metadata_of(exported())["thenar.graph_sha256"]
    assert metadata_of(first)["thenar.graph_sha256"] != metadata_of(exported(seed=1))["thenar.graph_sha256"]


def test_module_is_left_alone() -> None:
    network = stand_in(0).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    to_onnx(network, {"depth": torch.zeros(1, 1, 32, 32)}, OUTPUTS)
    assert network.training
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_old_opset_is_refused() -> None:
    with pytest.raises(ThenarError, match="opset 13 is too old; use 17"):
        exported(opset=13)


def test_what_does_not_trace_is_one_line() -> None:
    class Odd(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.linalg.eigvals(x)

    with pytest.raises(ThenarError, match="Odd: cannot export to ONNX") as caught:
        to_onnx(Odd(), {"x": torch.eye(3)}, ["y"])
    assert "\n" not in str(caught.value)


def test_dynamic_shape_is_refused() -> None:
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    x, y = (helper.make_tensor_value_info(name, float32, ["batch", 3]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"], name="relu")], "g", [x], [y])
    with pytest.raises(ThenarError, match="x has a dynamic shape"):
        finish(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]))


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtra, match=r"onnx is not installed.*thenar\[train\]"):
        exported()
