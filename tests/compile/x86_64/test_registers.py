"""The inner loops of float32 convolutions keep their sums in registers, whichever compiler builds them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from networks import Net

from thenar.compile import translate

pytestmark = pytest.mark.native

_SPILL = re.compile(r"vmov[ua]ps\s+%zmm\d+, -?\d*\(%rsp\)")
AVX512 = "-DTHENAR_LEVEL=3"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_sum_goes_to_the_stack(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    net = Net()
    few = net.op("Relu", net.conv("image", 8, 24))
    model = net.model({"image": (1, 8, 24, 24)}, [net.conv(few, 24, 32, stride=2)])
    library = translate(model, "x86-64", name="net")
    for name, text in library.files().items():
        (tmp_path / name).write_text(text)
    command = [compiler, "-std=c99", *library.target.flags, AVX512, "-S", "net.c"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assembly = (tmp_path / "net.s").read_text()
    assert "vfmadd231ps" in assembly
    assert not _SPILL.findall(assembly)
