"""The bytes of a model, from a file or from memory, bounded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from thenar.errors import ThenarError

MAX_MODEL_BYTES = 512 * 2**20
"""Far above any network that runs on a CPU in real time; guards against reading a recording or a disk image."""


@dataclass(frozen=True)
class ModelFile:
    """A serialized model and the name to show for it in errors."""

    name: str
    data: bytes


def read_model(model: str | Path | bytes) -> ModelFile:
    """`model` read whole, not yet parsed.

    Raises:
        ThenarError: no such file, a folder, unreadable, empty, or over `MAX_MODEL_BYTES`.
    """
    if isinstance(model, bytes):
        name, data = "model", model
    else:
        path = Path(model)
        name, data = str(path), _read(path)
    if not data:
        raise ThenarError("the model is empty", where=name, fix="export it again")
    if len(data) > MAX_MODEL_BYTES:
        raise ThenarError(f"the model is over {MAX_MODEL_BYTES >> 20} MiB", where=name, fix="give an ONNX model")
    return ModelFile(name, data)


def not_a_model(model: ModelFile, runtime: str, error: Exception) -> ThenarError:
    """The error of a file that `runtime` can't read as a model."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if not line.endswith(":")), type(error).__name__)[:200]
    return ThenarError(
        f"{runtime} cannot read this as an ONNX model ({told})", where=model.name, fix="write one with `thenar export`"
    )


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise ThenarError("is a folder, not a model", where=path, fix="give the .onnx file")
    try:
        with path.open("rb") as file:
            return file.read(MAX_MODEL_BYTES + 1)
    except FileNotFoundError as error:
        raise ThenarError("no such model", where=path, fix="check the path") from error
    except OSError as error:
        raise ThenarError(
            f"cannot read: {error.strerror or error}", where=path, fix="check the file's rights"
        ) from error
