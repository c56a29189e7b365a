"""What every page's figures are put into: a table, and the line that says where they were measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench/results"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" if i == 0 else "---:" for i in range(len(head))), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def measured_on(result: dict[str, Any]) -> str:
    env = result["environment"]
    versions = ", ".join(f"{name} {v}" for name, v in env["libraries"].items() if name in ("openvino", "onnxruntime"))
    return f"{env['cpu']}, {env['cores']} cores, Python {env['python']}, {versions}; `{result['command']}`"
