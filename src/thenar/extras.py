"""Libraries that only some parts of thenar need."""

from __future__ import annotations

from importlib.util import find_spec

from thenar.errors import MissingExtra


def require(extra: str, *libraries: str) -> None:
    """Raise `MissingExtra`, naming `extra`, for the first of `libraries` (import names) that is not installed."""
    for library in libraries:
        if find_spec(library) is None:
            raise MissingExtra(library, extra)
