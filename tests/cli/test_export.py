from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.runtime]

import thenar.run  # noqa: E402
from thenar.cli.export import register  # noqa: E402
from thenar.errors import ThenarError  # noqa: E402
from thenar.export import metadata_of, to_onnx  # noqa: E402


def run(*arguments: str | Path) -> Any:
    app = typer.Typer(pretty_exceptions_enable=False)
    register(app)
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    if isinstance(result.exception, ThenarError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def float32(tmp_path_factory: pytest.TempPathFactory) -> Path:
    layers = [torch.nn.Conv2d(1, 16, 3, 2, 1), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3, 2, 1)]
    torch.manual_seed(0)
    data = to_onnx(torch.nn.Sequential(*layers), {"image": torch.zeros(1, 1, 16, 16)}, ["out"])
    path = tmp_path_factory.mktemp("model") / "net.onnx"
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibration") / "images.npz"
    np.savez(path, image=np.random.default_rng(0).normal(size=(8, 1, 16, 16)).astype(np.float32))
    return path


def test_onnx_file_is_quantized(float32: Path, calibration: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    told = run(float32, "-o", out, "--calibration-data", calibration)
    assert set(told["files"]) == {"float32", "int8"}
    assert (out / "model.float32.onnx").read_bytes() == float32.read_bytes()
    assert told["files"]["int8"]["bytes"] == (out / "model.onnx").stat().st_size
    recipe = tomllib.loads((out / "recipe.toml").read_text())
    assert recipe["files"] == {kind: entry["sha256"] for kind, entry in told["files"].items()}
    assert recipe["quantize"]["calibration"] == "images.npz"
    with thenar.run.open(out / "model.onnx") as session:
        assert session.run({"image": np.zeros((1, 1, 16, 16), np.float32)})["out"].shape == (1, 16, 4, 4)


def test_float_alone(float32: Path, tmp_path: Path) -> None:
    assert set(run(float32, "-o", tmp_path, "--no-int8")["files"]) == {"float32"}
    assert not (tmp_path / "model.onnx").exists()


def test_run_folder_becomes_a_hand_model(tmp_path: Path) -> None:
    nets = pytest.importorskip("thenar.nets.build")
    from thenar.nets.spec import StudentSpec
    from thenar.nets.store import save

    (tmp_path / "recipe.toml").write_text("[fit]\nsteps = 7\n")
    save(nets.build(StudentSpec(channels=(16, 16, 16), blocks=(0, 0, 0), map_size=16)).eval(), tmp_path / "model")
    out = tmp_path / "out"
    images = tmp_path / "depth.npz"
    np.savez(images, depth=np.random.default_rng(0).uniform(-1, 1, (4, 1, 128, 128)).astype(np.float32))
    run(tmp_path, "-o", out, "--calibration-data", images)
    for name in ("model.onnx", "model.float32.onnx"):
        with thenar.run.open(out / name) as session:
            shapes = {spec.name: spec.shape for spec in (*session.inputs, *session.outputs)}
        assert shapes == {"depth": (1, 1, 128, 128), "uvd": (1, 21, 3), "confidence": (1, 21)}
    recipe = tomllib.loads((out / "recipe.toml").read_text())
    assert recipe["fit"]["steps"] == 7
    parent = metadata_of((out / "model.float32.onnx").read_bytes())["thenar.parent_sha256"]
    assert recipe["export"]["parent_sha256"] == parent


def test_run_folder_of_a_locator_becomes_a_locator(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    from thenar.nets.locator import Locator
    from thenar.nets.spec import LocatorSpec
    from thenar.nets.store import save

    save(Locator(LocatorSpec((16, 16), (0, 0))).eval(), tmp_path / "model")
    run(tmp_path, "-o", tmp_path / "out", "--calibration", "2")
    for name in ("model.onnx", "model.float32.onnx"):
        with thenar.run.open(tmp_path / "out" / name) as session:
            shapes = {spec.name: spec.shape for spec in (*session.inputs, *session.outputs)}
        assert shapes == {"view": (1, 1, 128, 160), "heat": (1, 2, 32, 40), "uvd": (1, 3, 32, 40)}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.onnx", None, r"missing\.onnx: no such model"),
        ("broken.onnx", b"nothing", "not an ONNX model"),
        ("run", None, r"run\.toml: no such file"),
    ],
)
def test_bad_model_is_one_line(name: str, content: bytes | None, says: str, calibration: Path, tmp_path: Path) -> None:
    pytest.importorskip("thenar.nets.store")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ThenarError, match=says):
        run(tmp_path / name, "-o", tmp_path / "out", "--calibration-data", calibration)


def test_bad_calibration_is_one_line(float32: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"no archive")
    with pytest.raises(ThenarError, match=r"bad\.npz: not an \.npz of arrays"):
        run(float32, "-o", tmp_path / "out", "--calibration-data", bad)


def test_full_disk_is_one_line(
    float32: Path, calibration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ThenarError, match=r"model\.float32\.onnx: cannot write: No space left on device"):
        run(float32, "-o", tmp_path, "--calibration-data", calibration)
    assert list(tmp_path.iterdir()) == []
