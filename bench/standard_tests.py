"""The ONNX standard's own tests: how many the compiler runs and passes on each target, and why not the others.

Which ones run follows from the operators, types and uses that the compiler claims; the others are listed under what
they would need. Every network is compiled without optimization, with every warning of the C compiler an error.
Writes bench/results/standard_tests.json.
"""

from __future__ import annotations

import re
import tempfile
import unittest
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx.backend.test import BackendTest
from onnx.backend.test.loader import load_model_tests

from thenar.bench.results import write_result
from thenar.compile.backend import Backend
from thenar.compile.claims import refusal
from thenar.compile.targets import C99, X86_64, Target

ROOT = Path(__file__).parents[1]
KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator")
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror")


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, about overflows that the tests ask for
        cases = {kind: {case.name: refusal(_model(case)) for case in load_model_tests(kind=kind)} for kind in KINDS}
    kinds = {}
    for kind, refusals in cases.items():
        left_out: dict[str, list[str]] = {}
        for name, reason in sorted(refusals.items()):
            if reason is not None:
                left_out.setdefault(reason, []).append(name)
        kinds[kind] = {"tests": len(refusals), "left_out": left_out, "targets": {}}
    for target in [target for target in (C99, X86_64) if target.runs_here()]:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", folder)
            for kind, refusals in cases.items():
                kinds[kind]["targets"][target.name] = _run(target, refusals)
    write_result(ROOT / "bench/results/standard_tests.json", {"kinds": kinds}, "python bench/standard_tests.py")


def _model(case: Any) -> onnx.ModelProto:
    return case.model if case.model is not None else onnx.load(Path(case.model_dir) / "model.onnx")


def _run(target: Target, refusals: Mapping[str, str | None]) -> dict[str, Any]:
    """The tests that aren't refused: how many ran, and which of them failed."""
    strict = replace(target, flags=("-O0", *WARNINGS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        suite = BackendTest(type("Strict", (Backend,), {"target": strict}), __name__)
    for name in (name for name, reason in refusals.items() if reason is None):
        suite.include(f"^{re.escape(name)}_cpu$")
    wanted = {f"{name}_cpu" for name, reason in refusals.items() if reason is None}
    run = unittest.TestSuite(case(name) for case in suite.test_cases.values() for name in wanted if hasattr(case, name))
    result = unittest.TestResult()
    run.run(result)
    failed = sorted(str(test).partition(" ")[0] for test, _ in (*result.failures, *result.errors))
    print(f"{target.name}: {result.testsRun} ran, {len(result.skipped)} skipped, {failed or 'all passed'}", flush=True)
    return {"passed": result.testsRun - len(result.skipped) - len(failed), "failed": failed}


if __name__ == "__main__":
    main()
