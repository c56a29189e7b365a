"""A short run of the sanitizers and of every warning; `python tests/compile/sanitize.py` takes all the node tests."""

from __future__ import annotations

import functools
import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from batch import batch_source
from corpus import representatives
from networks import quantized, student
from sanitize import check
from strict import WARNINGS

from thenar.compile import Library, translate
from thenar.compile.targets import TARGETS

pytestmark = pytest.mark.native

NAMES = ["c99", *(["x86-64"] if TARGETS["x86-64"].runs_here() else [])]


@functools.cache
def libraries(target: str) -> list[Library]:
    """Networks, and the node tests that aren't all plain C on every target."""
    models = [student(size=16).SerializeToString()]
    if importlib.util.find_spec("onnxruntime"):
        for kind in ("uint8", "int8"):
            models.append(quantized(student(size=16), shape=(1, 1, 16, 16), activations=kind).SerializeToString())
    made = [translate(model, target, name=f"m{index}") for index, model in enumerate([*models, *representatives()])]
    return [one for one in made if target == "c99" or any("/" in call.header for call in one.program.calls)]


@pytest.mark.parametrize("target", NAMES)
def test_the_sanitizers_find_nothing(target: str, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc, whose sanitizers come with it")
    assert check(libraries(target), ["gcc"], tmp_path, "-O0") == ""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("target", NAMES)
def test_no_compiler_warns(target: str, compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    (tmp_path / "all.c").write_text(batch_source(libraries(target)))
    command = [compiler, "-std=c99", "-pedantic", *WARNINGS, "-Wno-missing-prototypes", "-fsyntax-only", "all.c"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[:4000]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("target", NAMES)
def test_no_compiler_warns_of_the_shipped_network(target: str, compiler: str, tmp_path: Path) -> None:
    """As it is built: some warnings come from what optimization finds out."""
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    library = translate(Path(__file__).parents[2] / "src/thenar/presets/balanced/model.onnx", target, name="hand")
    for name, text in library.files().items():
        (tmp_path / name).write_text(text)
    flags = ["-std=c99", *WARNINGS, *library.target.flags]
    command = [compiler, *flags, "-o", "example", "hand.c", "example.c", "-lm"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[:4000]
