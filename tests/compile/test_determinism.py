"""The same model gives the same bytes: from run to run, process to process, and for every target."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from networks import quantized, student

from thenar.compile import translate
from thenar.compile.targets import TARGETS


def _path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}


def test_the_text_is_the_same_from_run_to_run_and_process_to_process() -> None:
    here = translate(student(), "c99", name="student").files()
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from networks import student;"
        "from thenar.compile import translate; sys.stdout.write(translate(student(), 'c99', name='student').source)"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    there = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7", **_path()})
    assert there.stdout == here["student.c"]


_BUNDLE = """
import hashlib, sys
from pathlib import Path
from thenar.compile import translate
from thenar.compile.targets import TARGETS
model = Path(sys.argv[1]).read_bytes()
for name in TARGETS:
    for file, text in sorted(translate(model, name, name="net").files().items()):
        print(name, file, hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.runtime
def test_every_target_s_folder_is_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "int8.onnx"
    path.write_bytes(quantized(student(), shape=(1, 1, 32, 32), activations="uint8").SerializeToString())
    command = [sys.executable, "-c", _BUNDLE, str(path)]
    said = [
        subprocess.run(
            command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed, **_path()}
        ).stdout
        for seed in ("0", "1", "2023")
    ]
    assert said[0].count("\n") == 4 * len(TARGETS)
    assert said[0] == said[1] == said[2]
