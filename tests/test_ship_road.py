"""The road from a hand network to the runtimes, on a thousand rendered crops: PyTorch, ONNX Runtime, OpenVINO, int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytestmark = [pytest.mark.train, pytest.mark.runtime]
torch = pytest.importorskip("torch")

import thenar.run  # noqa: E402
from thenar.data.sample import SampleRecipe, SampleSource  # noqa: E402
from thenar.export import QuantizeOptions, quantize, to_onnx  # noqa: E402
from thenar.live.presets import PRESETS, model_path  # noqa: E402
from thenar.nets.build import build  # noqa: E402
from thenar.nets.decode import Decoded  # noqa: E402
from thenar.nets.spec import StudentSpec  # noqa: E402

CROPS = 1000
HALF_CUBE_MM = 125.0
Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def crops() -> Floats:
    """(1000, 1, 128, 128) as training sees them: every sensor, clutter, hands half outside, no hand at all."""
    return SampleSource(SampleRecipe(shape_count=50), seed=11, batch_size=CROPS).batch(0).images.astype(np.float32)


@pytest.fixture(scope="module")
def network(crops: Floats) -> Decoded:
    """A student with random weights, running statistics that fit them, and maps that are far from flat."""
    torch.manual_seed(0)
    spec = StudentSpec(channels=(16, 32, 48, 64), blocks=(0, 0, 1, 1))
    student = build(spec).train()
    with torch.no_grad():
        student.head.weight.mul_(3)
        for start in range(0, 256, 32):
            student(torch.from_numpy(crops[start : start + 32]))
    return Decoded(student.eval(), spec.joints, spec.map_size, spec.kernel, spec.scale).eval()


@pytest.fixture(scope="module")
def float32(network: Decoded) -> bytes:
    return to_onnx(network, {"depth": torch.zeros(1, 1, 128, 128)}, ["uvd", "confidence"])


def answers(model: bytes | Path, runtime: str, crops: Floats) -> dict[str, Floats]:
    with thenar.run.open(model, runtime, hint="throughput") as session:
        return session.run_many({"depth": crops})


def mean_mm(a: Floats, b: Floats) -> float:
    return float(HALF_CUBE_MM * np.linalg.norm(a - b, axis=-1).mean())


def test_float32_agrees_with_pytorch(network: Decoded, float32: bytes, crops: Floats) -> None:
    with torch.no_grad():
        parts = [network(torch.from_numpy(part)) for part in np.split(crops, 20)]
    uvd, confidence = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
    assert uvd.std(axis=0).max() > 0.02, "answers depend on the input"
    for runtime in ("openvino", "onnxruntime"):
        got = answers(float32, runtime, crops)
        np.testing.assert_allclose(got["uvd"], uvd, atol=1e-4)
        np.testing.assert_allclose(got["confidence"], confidence, atol=1e-4)


def test_int8_agrees_between_runtimes(float32: bytes, crops: Floats) -> None:
    options = QuantizeOptions(samples=50, bias_correction="fast")
    int8 = quantize(float32, ({"depth": crop[None]} for crop in crops), options)
    openvino, onnxruntime = (answers(int8, runtime, crops)["uvd"] for runtime in ("openvino", "onnxruntime"))
    assert mean_mm(openvino, onnxruntime) < 1.0
    assert mean_mm(openvino, answers(float32, "openvino", crops)["uvd"]) < 3.0


@pytest.mark.parametrize("preset", PRESETS)
def test_shipped_model_agrees_between_runtimes(preset: str, crops: Floats) -> None:
    path = model_path(preset)
    if not path.is_file():
        pytest.skip(f"{path.name} of {preset} is not there")
    openvino, onnxruntime = (answers(path, runtime, crops)["uvd"] for runtime in ("openvino", "onnxruntime"))
    assert mean_mm(openvino, onnxruntime) < 1.0
