"""The smallest student on both boards: every integer is the host's, and the joints are within rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from boards import BOARDS
from strict import STRICT, WARNINGS

from thenar.compile import translate
from thenar.compile.targets import Target

pytestmark = [pytest.mark.cross, pytest.mark.native, pytest.mark.train]


def image(seed: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(0, 0.5, (1, 1, 128, 128)), -1, 1).astype(np.float32)


@pytest.fixture(scope="module")
def student() -> Any:
    """An int8 network of the family with random weights, decoding inside."""
    onnx, torch = pytest.importorskip("onnx"), pytest.importorskip("torch")
    pytest.importorskip("nncf")
    from thenar.export import QuantizeOptions, quantize, to_onnx
    from thenar.nets.build import build
    from thenar.nets.decode import Decoded
    from thenar.nets.spec import StudentSpec

    torch.manual_seed(0)
    spec = StudentSpec(channels=(16, 16, 32), blocks=(0, 1, 0), map_size=16)
    network = Decoded(build(spec), spec.joints, spec.map_size, spec.kernel, spec.scale)
    exported = to_onnx(network, {"depth": torch.zeros(1, 1, 128, 128)}, ["uvd", "confidence"])
    calibrated = quantize(exported, [{"depth": image(seed)} for seed in (1, 2)], QuantizeOptions(samples=2))
    return onnx.load_from_string(calibrated)


@pytest.mark.parametrize("target", BOARDS, ids=lambda target: target.name)
def test_every_integer_is_the_hosts(target: Target, student: Any) -> None:
    integers = [node.output[0] for node in student.graph.node if node.op_type == "QuantizeLinear"]
    assert len(integers) > 4
    want, feeds = translate(student, STRICT, outputs=integers).native(), {"depth": image(0)[None]}
    got = BOARDS[target].run(translate(student, target, name="student", outputs=integers), feeds, *WARNINGS)
    for name, value in want.run_many(feeds).items():
        np.testing.assert_array_equal(got[name], value, err_msg=name)


@pytest.mark.parametrize("target", BOARDS, ids=lambda target: target.name)
def test_the_joints_are_within_rounding(target: Target, student: Any) -> None:
    want, feeds = translate(student, STRICT).native(), {"depth": image(0)[None]}
    got = BOARDS[target].run(translate(student, target, name="student"), feeds, *WARNINGS)
    for name, value in want.run_many(feeds).items():
        np.testing.assert_allclose(got[name], value, rtol=0, atol=1e-6, err_msg=name)
