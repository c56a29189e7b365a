"""The ONNX standard's own tests, driven by `onnx.backend.test`; which ones follows from the operators claimed."""

from __future__ import annotations

import platform
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

onnx = pytest.importorskip("onnx")
from onnx.backend.test import BackendTest  # noqa: E402
from onnx.backend.test.loader import load_model_tests  # noqa: E402
from strict import STRICT, STRICT_X86_64  # noqa: E402

from thenar.compile.backend import Backend  # noqa: E402
from thenar.compile.claims import refusal  # noqa: E402
from thenar.compile.targets import Target  # noqa: E402

pytestmark = pytest.mark.native

NODE_TESTS_AT_LEAST = 756
KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator")


TARGETS = [STRICT, *([STRICT_X86_64] if platform.machine() in ("x86_64", "AMD64") else [])]


def _backend(target: Target) -> type[Backend]:
    """A backend for `target`, with every warning of the C compiler an error."""
    return type("StrictBackend", (Backend,), {"target": target})


def _model(case: Any) -> Any:
    return case.model if case.model is not None else onnx.load(Path(case.model_dir) / "model.onnx")


def _claimed() -> dict[str, list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = {kind: load_model_tests(kind=kind) for kind in KINDS}
    return {kind: [case.name for case in group if refusal(_model(case)) is None] for kind, group in cases.items()}


CLAIMED = _claimed()


def _cases(target: Target) -> dict[str, type]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        suite = BackendTest(_backend(target), __name__)
    for name in (name for names in CLAIMED.values() for name in names):
        suite.include(f"^{re.escape(name)}_cpu$")
    found: dict[str, type] = suite.test_cases
    for case in found.values():  # what isn't claimed isn't collected, rather than reported as a thousand skips
        for name in [name for name in vars(case) if getattr(vars(case)[name], "__unittest_skip__", False)]:
            delattr(case, name)
    label = target.name.title().replace("-", "")
    return {f"{name}{label}": type(f"{name}{label}", (case,), {}) for name, case in found.items()}


for _target in TARGETS:
    globals().update(_cases(_target))


def test_the_claims_cover_the_standards_tests() -> None:
    assert len(CLAIMED["node"]) >= NODE_TESTS_AT_LEAST
