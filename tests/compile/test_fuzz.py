"""A short run of the fuzzer; `python tests/compile/fuzz.py` runs as many mutants as asked for."""

from __future__ import annotations

from typing import Any

import pytest
from corpus import corpus
from fuzz import make, run
from networks import Net, student
from onnx import TensorProto, helper

from thenar.compile import translate
from thenar.errors import ThenarError

pytestmark = pytest.mark.native


def test_mutants_end_in_one_line_or_in_a_correct_library() -> None:
    said: list[str] = []
    counts, findings = run(60, seed=7, corpus=corpus(), say=said.append)
    assert not findings, said
    assert counts["refused"] and counts["accepted, agrees"]


def test_a_mutant_is_the_same_for_the_same_number() -> None:
    models = [student(size=16, channels=2).SerializeToString()]
    assert [make(1, i, models) for i in range(5)] == [make(1, i, models) for i in range(5)]
    assert len({make(1, i, models) for i in range(5)}) > 3


def bytes_for_a_name() -> bytes:
    data: bytes = student(size=16, channels=2).SerializeToString()
    return data.replace(b"net", b"n\xfft", 1)


def clip_with_two_bounds() -> Any:
    net = Net()
    return net.model({"x": (2, 3)}, [net.op("Clip", "x", net.random(2), net.random(1))])


def conv_of_other_channels() -> Any:
    net = Net()
    return net.model({"x": (1, 2, 8, 8)}, [net.conv("x", 4, 5)])


def split_with_an_output_too_many() -> Any:
    node = helper.make_node("Split", ["x"], ["a", "b", "c"], num_outputs=2)
    x, a = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", [6]), ("a", None)))
    graph = helper.make_graph([node], "net", [x], [a])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


FOUND = {
    "a name that isn't text": bytes_for_a_name,
    "two bounds of a clip": clip_with_two_bounds,
    "an output more than a split has parts": split_with_an_output_too_many,
    "weights for more channels than there are": conv_of_other_channels,
}


@pytest.mark.parametrize("target", ["c99", "x86-64"])
@pytest.mark.parametrize("case", FOUND)
def test_what_the_fuzzer_found(case: str, target: str) -> None:
    with pytest.raises(ThenarError):
        translate(FOUND[case](), target)
