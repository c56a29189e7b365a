"""The page about the hand model says what the model does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/hand-model.md").read_text(encoding="utf-8")


def test_worked_example_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    code, output = re.findall(r"```(?:python)?\n(.*?)```", PAGE, re.DOTALL)[:2]
    exec(compile(code, "docs/hand-model.md", "exec"), {})
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", capsys.readouterr().out)]
    assert numbers == pytest.approx([float(n) for n in re.findall(r"-?\d+\.?\d*", output)], abs=0.2)
