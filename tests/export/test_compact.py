from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.runtime]
torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("nncf")

from standin import depth, feeds, stand_in  # noqa: E402

import thenar.run  # noqa: E402
from thenar.export import QuantizeOptions, quantize, to_onnx  # noqa: E402
from thenar.export.compact import compact, short  # noqa: E402


def exported() -> bytes:
    return to_onnx(stand_in(0), {"depth": torch.zeros(1, 1, 32, 32)}, ["a", "confidence"])


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_compact_model_computes_the_same(runtime: str) -> None:
    model = onnx.load_from_string(exported())
    size = model.ByteSize()
    compact(model)
    onnx.checker.check_model(model, full_check=True)
    assert model.ByteSize() < size - 500
    images = depth(4, 1)
    answers = []
    for data in (exported(), model.SerializeToString()):
        with thenar.run.open(data, runtime) as session:
            answers.append(session.run_many({"depth": images}))
    assert answers[0].keys() == answers[1].keys() == {"a", "confidence"}
    for name in answers[0]:
        np.testing.assert_array_equal(answers[0][name], answers[1][name])


def test_a_name_in_use_is_not_given_again() -> None:
    model = onnx.load_from_string(exported())
    compact(model)
    names = [name for node in model.graph.node for name in node.output]
    assert len(names) == len(set(names))
    assert names.count("a") == 1


def test_names_are_unique_and_short() -> None:
    names = [short(number) for number in range(1000)]
    assert len(set(names)) == 1000
    assert max(map(len, names)) == 3


def test_equal_constants_are_stored_once() -> None:
    """Weights that a network uses twice are, once rounded, the same for any positive scale that was folded in."""
    torch.manual_seed(0)
    shared = torch.nn.Conv2d(16, 16, 3, 1, 1, bias=False)
    norms = [torch.nn.BatchNorm2d(16) for _ in range(2)]
    for norm in norms:
        norm.weight.data.uniform_(0.5, 1.5)
    body = torch.nn.Sequential(torch.nn.Conv2d(1, 16, 3, 1, 1), shared, norms[0], torch.nn.ReLU(), shared, norms[1])
    float32 = to_onnx(body, {"depth": torch.zeros(1, 1, 32, 32)}, ["a"])
    options = QuantizeOptions(samples=8, bias_correction="fast")
    long = quantize(float32, feeds(8, 0), options)
    short = quantize(float32, feeds(8, 0), dataclasses.replace(options, compact=True))
    assert len(long) - len(short) > 16 * 16 * 9
    for runtime in ("openvino", "onnxruntime", "native"):
        answers = []
        for model in (long, short):
            with thenar.run.open(model, runtime) as session:
                answers.append(session.run_many({"depth": depth(4, 1)})["a"])
        np.testing.assert_array_equal(*answers)


def test_what_the_standard_assumes_is_left_out_and_nothing_else() -> None:
    model = onnx.load_from_string(exported())
    before = {node.output[0]: {a.name for a in node.attribute} for node in model.graph.node if node.op_type == "Conv"}
    compact(model)
    after = [{a.name for a in node.attribute} for node in model.graph.node if node.op_type == "Conv"]
    assert all("kernel_shape" in names for names in before.values())
    assert {"strides", "pads"} in after  # the stem
    assert set() in after  # the head: 1x1
    assert not any(names & {"kernel_shape", "group", "dilations"} for names in after)
