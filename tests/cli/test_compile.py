"""`thenar compile`: one command from an ONNX model to a folder of C."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from thenar.cli import compile as command
from thenar.errors import ThenarError

onnx = pytest.importorskip("onnx")


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    return app


@pytest.fixture
def model(tmp_path: Path) -> Path:
    from onnx import TensorProto, helper

    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"], name="r")], "g", ports[:1], ports[1:])
    path = tmp_path / "relu.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_it_writes_the_folder_and_says_what_it_costs(app: typer.Typer, model: Path, tmp_path: Path) -> None:
    arguments = ["compile", str(model), "-o", str(tmp_path / "out"), "--target", "c99", "--shape", "x=2x4", "--json"]
    result = CliRunner().invoke(app, [*arguments, "--report"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["target"] == "c99"
    assert [layer["kernel"] for layer in document["layers"]] == ["relu_float"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("CMakeLists.txt", "example.c", "out.c", "out.h", "report.json", "report.svg")
    ]


@pytest.mark.parametrize("shape", ["x", "x=", "x=axb", "x=0x4", "=2x4"])
def test_a_bad_shape_is_refused_before_anything_is_written(
    app: typer.Typer, model: Path, tmp_path: Path, shape: str
) -> None:
    result = CliRunner().invoke(app, ["compile", str(model), "-o", str(tmp_path / "out"), "--shape", shape])
    assert isinstance(result.exception, ThenarError)
    assert not (tmp_path / "out").exists()


def test_a_dynamic_model_names_the_option_that_fixes_it(app: typer.Typer, model: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["compile", str(model), "-o", str(tmp_path / "out")])
    assert "--shape x=1x4" in str(result.exception)
    assert not (tmp_path / "out").exists()
