from __future__ import annotations

import numpy as np
import pytest

pytestmark = [pytest.mark.train, pytest.mark.runtime]
torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from standin import depth, stand_in  # noqa: E402

import thenar.run  # noqa: E402
from thenar.export import to_onnx  # noqa: E402
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
