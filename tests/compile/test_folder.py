"""The folder that is written: it builds alone with either compiler, and spares what isn't its own."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from networks import student
from strict import WARNINGS

from thenar.compile import translate, write
from thenar.compile.targets import TARGETS
from thenar.errors import ThenarError

pytestmark = pytest.mark.native


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("target", ["c99", "x86-64"])
def test_the_folder_builds_and_its_example_runs(target: str, compiler: str, tmp_path: Path) -> None:
    for program in ("cmake", compiler):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    if not TARGETS[target].runs_here():
        pytest.skip(f"needs another machine than {platform.machine()}")
    library = write(student(), tmp_path / "student", target)
    assert {path.name for path in (tmp_path / "student").iterdir()} == {
        *("student.c", "student.h", "CMakeLists.txt", "example.c")
    }
    flags = f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}"
    environment = {**os.environ, "CC": compiler}
    configure = ["cmake", "-B", "build", flags, "-DCMAKE_BUILD_TYPE=Debug"]
    for command in (configure, ["cmake", "--build", "build"], ["build/example"]):
        result = subprocess.run(
            command, cwd=tmp_path / "student", capture_output=True, text=True, check=False, env=environment
        )
        assert result.returncode == 0, result.stderr
    cache = (tmp_path / "student/build/CMakeCache.txt").read_text()
    assert re.search(rf"^CMAKE_C_COMPILER:\w+=.*{compiler}$", cache, re.MULTILINE)
    want = library.native().run({"image": np.zeros((1, 1, 32, 32), np.float32)})
    printed = [float(line.split("=")[1]) for line in result.stdout.splitlines()]
    np.testing.assert_allclose(printed, [value.reshape(-1)[0] for value in want.values()], rtol=1e-4)
    write(student(), tmp_path / "student", target)  # replaces what it wrote before
    assert not list(tmp_path.glob(".*"))


def test_the_header_is_cpp(tmp_path: Path) -> None:
    cpp = shutil.which("g++") or shutil.which("clang++")
    if cpp is None:
        pytest.skip("needs a C++ compiler")
    (tmp_path / "student.h").write_text(translate(student(), "c99", name="student").header)
    (tmp_path / "main.cpp").write_text('#include "student.h"\nint main() { return STUDENT_MACS == 0; }\n')
    subprocess.run([cpp, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "main.cpp"], cwd=tmp_path, check=True)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ThenarError, match="holds other files"):
        write(student(), tmp_path, "c99")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
