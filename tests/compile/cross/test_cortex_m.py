"""Quantized layers on Cortex-M7 and Cortex-M55, under qemu, give the reference's answer bit for bit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import BOARDS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layers import Layer, layers, model_of
from more_layers import KINDS_OF_LAYER, model_of_more, more_layers
from strict import WARNINGS

from thenar.compile import translate, write
from thenar.compile.targets import CORTEX_M, REFERENCE, Target

pytestmark = [pytest.mark.cross, pytest.mark.native]

PLAIN = Target("c99", ("-O1",), (REFERENCE,))


def random_feeds(inputs: Any) -> dict[str, np.ndarray]:
    """One sample for each input, stacked."""
    rng = np.random.default_rng(7)
    limits = {tensor.name: np.iinfo(tensor.dtype) for tensor in inputs}
    return {
        t.name: rng.integers(limits[t.name].min, limits[t.name].max + 1, (1, *t.shape)).astype(t.dtype) for t in inputs
    }


def assert_identical(model: Any, target: Target, *flags: str) -> None:
    want, library = translate(model, PLAIN, name="want").native(), translate(model, target, name="got")
    feeds = random_feeds(want.inputs)
    results = BOARDS[target].run(library, feeds, *WARNINGS, *flags)
    for name, value in want.run_many(feeds).items():
        np.testing.assert_array_equal(results[name], value, err_msg=name)


@pytest.mark.parametrize("target", BOARDS, ids=lambda target: target.name)
@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(given=st.lists(layers(), min_size=20, max_size=20))
def test_random_layers(target: Target, given: list[Layer]) -> None:
    assert_identical(model_of(*given), target)


@pytest.mark.parametrize("target", BOARDS, ids=lambda target: target.name)
@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(given=st.lists(more_layers(), min_size=40, max_size=40))
def test_more_random_layers(target: Target, given: list[tuple[str, int]]) -> None:
    model = model_of_more(*given)
    headers = [call.header for call in translate(model, target).program.calls if call.macs]
    assert all(header.startswith("cortex_m/") for header in headers)
    assert_identical(model, target)


M4 = ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16")


@pytest.mark.parametrize(
    ("target", "flags"),
    [(target, flags) for target in BOARDS for flags in (("-O0",), ("-Os",), ("-O3", "-DTHENAR_SPECIALIZE"))]
    + [(CORTEX_M, M4)],
    ids=lambda item: getattr(item, "name", None) or "".join(item),
)
def test_other_ways_to_compile_them(target: Target, flags: tuple[str, ...]) -> None:
    assert_identical(model_of_more(*((kind, 5) for kind in KINDS_OF_LAYER)), target, *flags)


@pytest.mark.parametrize("target", BOARDS, ids=lambda target: target.name)
def test_the_folder_builds_alone(target: Target, tmp_path: Path) -> None:
    for program in ("cmake", target.compiler):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    write(model_of_more(("dense", 1), ("depthwise", 2)), tmp_path / "net", target)
    for command in (["cmake", "-B", "build"], ["cmake", "--build", "build"]):
        done = subprocess.run(command, cwd=tmp_path / "net", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "net/build/libnet.a").is_file()
