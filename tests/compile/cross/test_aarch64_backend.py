"""The ONNX standard's own node tests on 64-bit ARM, all of them in one program.

Most give weights as inputs, which only the reference kernels take. Where the target has kernels for weights that are
known, the test runs once more with all inputs but the first as constants.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
import pytest
from aarch64 import NEON
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner
from strict import WARNINGS

from thenar.compile import Library, translate
from thenar.compile.backend import static_inputs
from thenar.compile.claims import refusal
from thenar.compile.targets import ARM, Target

pytestmark = [pytest.mark.native, pytest.mark.cross]

STRICT = Target("aarch64", ("-O0", *WARNINGS), (ARM,))


@dataclass(frozen=True)
class Case:
    """A test of the standard that the compiler claims: a model, an input of each name, what it has to give."""

    model: onnx.ModelProto
    feeds: dict[str, np.ndarray]
    wants: tuple[np.ndarray, ...]
    tolerances: tuple[float, float]
    weights_known: bool = False

    def library(self, name: str = "model") -> Library:
        known = static_inputs(self.model) & set(self.feeds)
        if self.weights_known:
            known |= set(list(self.feeds)[1:])
        constants = {each: value for each, value in self.feeds.items() if each in known}
        return translate(self.model, STRICT, name=name, constants=constants)

    def check(self, results: dict[str, np.ndarray]) -> None:
        outputs = [results[value.name] for value in self.model.graph.output]
        Runner.assert_similar_outputs(self.wants, outputs, *self.tolerances)


def _array(value: Any) -> np.ndarray:
    return onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def _cases() -> dict[str, Case]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        claimed = [case for case in load_model_tests(kind="node") if case.model and refusal(case.model) is None]
    cases = {}
    for case in claimed:
        inputs = [value.name for value in case.model.graph.input]
        for at, (given, wanted) in enumerate(case.data_sets):
            feeds = {name: _array(value) for name, value in zip(inputs, given, strict=False)}
            name = f"{case.name}_{at}" if at else case.name
            cases[name] = Case(case.model, feeds, tuple(map(_array, wanted)), (case.rtol, case.atol))
            known = replace(cases[name], weights_known=True)
            if any(call.header.startswith("aarch64/") for call in known.library().program.calls):
                cases[f"{name}, weights known"] = known
    return cases


CASES = _cases()


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, np.ndarray]]:
    """What each test's network gives."""
    libraries = [case.library(f"m{index}") for index, case in enumerate(CASES.values())]
    return dict(zip(CASES, NEON.run_all(libraries, [case.feeds for case in CASES.values()]), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_node(name: str, results: dict[str, dict[str, np.ndarray]]) -> None:
    CASES[name].check(results[name])


def test_some_run_on_the_targets_own_kernels() -> None:
    operators = {case.model.graph.node[0].op_type for case in CASES.values() if case.weights_known}
    assert operators >= {"Conv", "ConvTranspose", "Gemm", "MatMul"}
