"""A part of a tensor that is one run of its bytes is read where it lies: the right values, and no copy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import pytest

from thenar.compile import compile, write

pytestmark = pytest.mark.native

_MODEL = """
<ir_version: 8, opset_import: ["" : 18]>
parts (float[1, 64, 16] x) => (float[1, 32, 16] difference, float[1, 32, 16] second, float[1, 1, 16] row)
<int64[3] from = {0, 40, 0}, int64[3] to = {1, 41, 16}>
{
    warm = Relu(x)
    a, second = Split<axis = 1, num_outputs = 2>(warm)
    row = Slice(warm, from, to)
    cold = Neg(a)
    sum = Add(second, cold)
    difference = Add(sum, a)
}
"""


def _model() -> onnx.ModelProto:
    return onnx.parser.parse_model(_MODEL)


@pytest.mark.parametrize("target", ["c99", "host"])
def test_parts_hold_what_the_whole_holds(target: str) -> None:
    x = np.random.default_rng(0).standard_normal((1, 64, 16)).astype(np.float32)
    warm = np.maximum(x, 0)
    given = compile(_model(), target).run({"x": x})
    np.testing.assert_allclose(given["difference"], warm[:, 32:] - warm[:, :32] + warm[:, :32], rtol=1e-6)
    np.testing.assert_array_equal(given["second"], warm[:, 32:])
    np.testing.assert_array_equal(given["row"], warm[:, 40:41])


def test_only_what_the_caller_receives_is_copied(tmp_path: Path) -> None:
    write(_model(), tmp_path / "parts", "c99")
    (source,) = (tmp_path / "parts").glob("parts.c")
    assert source.read_text().count("thenar_copy_float(") == 2  # `second` and `row`
