"""The models that ship with thenar, by name."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from thenar.errors import ThenarError

_FOLDER: Final = Path(str(files("thenar"))) / "presets"
DEFAULT_PRESET: Final = "balanced"
PRESETS: Final = tuple(name for name in ("accuracy", "balanced", "latency") if (_FOLDER / name).is_dir())
"""Those of the three that this package holds, the largest first."""


def model_path(name_or_path: str | Path = DEFAULT_PRESET) -> Path:
    """The ONNX file of a preset, or of a path: a file, or a folder that holds a `model.onnx`.

    Raises:
        ThenarError: neither a preset's name nor a file that is there.
    """
    if str(name_or_path) in PRESETS:
        return _shipped(str(name_or_path))
    path = Path(name_or_path)
    if path.is_dir():
        path = path / "model.onnx"
    if not path.is_file():
        raise ThenarError(
            "no such model", where=name_or_path, fix=f"give a preset ({', '.join(PRESETS)}) or the path of an ONNX file"
        )
    return path


def locator_path() -> Path:
    """The ONNX file of the network that finds hands in whole frames."""
    return _shipped("locator")


def _shipped(name: str) -> Path:
    return _FOLDER / name / "model.onnx"
