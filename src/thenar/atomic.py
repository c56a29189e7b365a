"""Files appear whole or not at all: written under a temporary name, flushed, renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from thenar.errors import ThenarError


def write_file(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Call `write(file)` on a temporary file beside `path`, then rename it to `path`.

    Raises:
        ThenarError: the disk is full or the folder can't be written; `path` is as it was before.
    """
    name = ""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            name = file.name
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise ThenarError(
            f"cannot write: {error.strerror or error}", where=path, fix="free some space or choose another folder"
        ) from error
    finally:
        if name:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()


def write_bytes(path: Path, data: bytes) -> None:
    """`data` to `path`, whole or not at all."""
    write_file(path, lambda file: file.write(data))


def write_text(path: Path, text: str) -> None:
    """`text` as UTF-8 to `path`, whole or not at all."""
    write_bytes(path, text.encode())
