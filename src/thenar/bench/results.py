"""Results as files: what was measured, on which machine, with which versions, by which command."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from thenar import __version__
from thenar.atomic import write_text
from thenar.run.cpu import probe_cpu

LIBRARIES: Final = ("numpy", "numba", "openvino", "onnxruntime", "torch", "nncf", "onnx")


def environment() -> dict[str, Any]:
    """The processor, the Python and the libraries of this process."""
    cpu = probe_cpu()
    return {
        "cpu": cpu.name,
        "cores": cpu.usable_cores,
        "features": list(cpu.features),
        "python": platform.python_version(),
        "thenar": __version__,
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
    }


def write_result(path: Path, figures: dict[str, Any], command: str | None = None) -> None:
    """Write `figures` under the name of what made them; `path` is a file in bench/results/."""
    document = {"command": command or " ".join(["python", *sys.argv]), "environment": environment(), **figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(document, indent=1) + "\n")


def read_result(path: Path) -> dict[str, Any]:
    """What `write_result` wrote."""
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
