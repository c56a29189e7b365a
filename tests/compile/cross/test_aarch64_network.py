"""The shipped network on 64-bit ARM, and the folder that builds there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
from aarch64 import LEVELS
from machines import Machine
from networks import student
from test_qconv import PLAIN

import thenar
from thenar.compile import translate, write

pytestmark = [pytest.mark.native, pytest.mark.cross]

MODEL = Path(thenar.__file__).parent / "presets" / "balanced" / "model.onnx"


def crops(count: int) -> np.ndarray:
    """(count, 1, 1, 128, 128) depth in [-1, 1]: three bumps before an empty background, and holes."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[-1:1:128j, -1:1:128j]
    images = np.ones((count, 1, 1, 128, 128), np.float32)
    for image in images[:, 0, 0]:
        for y, x, depth in rng.uniform(-0.5, 0.5, (3, 3)):
            np.minimum(image, depth + 3 * ((rows - y) ** 2 + (columns - x) ** 2), out=image)
        image[rng.random(image.shape) < 0.02] = 1
    return images


@pytest.mark.parametrize("machine", LEVELS, ids=lambda machine: machine.name)
def test_the_shipped_network(machine: Machine) -> None:
    model = onnx.load(MODEL)
    last = [node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"][-1]
    cut = [last, *(value.name for value in model.graph.output)]
    images = {model.graph.input[0].name: crops(3)}
    want = translate(model, PLAIN, name="hand", outputs=cut).native().run_many(images)
    got = machine.run(translate(model, "aarch64", name="hand", outputs=cut), images)
    assert np.unique(want[last]).size > 50
    np.testing.assert_array_equal(got[last], want[last])
    for name in cut[1:]:
        np.testing.assert_allclose(got[name], want[name], rtol=0, atol=1e-5, err_msg=name)


def test_the_folder_builds_for_another_cpu(tmp_path: Path) -> None:
    for program in ("cmake", "aarch64-linux-gnu-gcc", "qemu-aarch64"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    folder = tmp_path / "student"
    library = write(student(), folder, "aarch64")
    line = next(line for line in (folder / "CMakeLists.txt").read_text().splitlines() if line.startswith("# For"))
    configure = line.partition(": ")[2].replace("-mcpu=...", "-mcpu=cortex-a76").split()
    run = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", "-cpu", "cortex-a76", "build/example"]
    for command in (configure, ["cmake", "--build", "build"], run):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    printed = [float(line.split("=")[1]) for line in done.stdout.splitlines()]
    want = translate(student(), PLAIN, name="want").native().run({"image": np.zeros((1, 1, 32, 32), np.float32)})
    np.testing.assert_allclose(printed, [value.reshape(-1)[0] for value in want.values()], rtol=1e-4)
    assert library.target.name == "aarch64"
