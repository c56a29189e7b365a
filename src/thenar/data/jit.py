"""One way to compile a function: Numba, cached on disk, without the interpreter lock, IEEE division."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from thenar.errors import MissingExtra

try:
    from numba import config, njit
except ModuleNotFoundError:
    raise MissingExtra("numba", "synth") from None


def cache_folder(sources: Path, root: Path) -> Path:
    """A folder under `root` that belongs to these sources alone, by a hash of every Python file below `sources`."""
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*.py")):
        digest.update(path.read_bytes())
    return root / f"numba-{digest.hexdigest()[:16]}"


_SOURCES: Final = Path(__file__).parent
_CACHE: Final = cache_folder(_SOURCES, Path(config.CACHE_DIR or _SOURCES / "__pycache__"))
"""Numba looks at the file of a function alone: it would go on using what that function inlined from another file, a
constant that decides what is held out from training for one, after that file has changed."""


def jit(function: Callable[..., Any]) -> Any:
    """Decorator. `error_model="numpy"`: x / 0 is inf, not an exception, which is what lets loops vectorise."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_CACHE)
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
