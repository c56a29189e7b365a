from __future__ import annotations

import json

import typer
from typer.testing import CliRunner

from thenar.cli.doctor import register


def run(*arguments: str) -> str:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_text_names_the_essentials() -> None:
    text = run()
    for word in ("thenar", "CPU", "openvino", "(default)", "[train]", "compiler"):
        assert word in text


def test_json_is_one_document() -> None:
    report = json.loads(run("--json"))
    assert report["default_runtime"] == "openvino"
    assert report["cpu"]["usable_cores"] >= 1
    assert {extra["name"] for extra in report["extras"]} >= {"train", "onnxruntime", "synth", "compile"}
    assert isinstance(report["advice"], list)
