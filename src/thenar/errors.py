"""The one error a user of thenar meets: one line that says what, where and what to do."""

from __future__ import annotations

from pathlib import Path

_LONGEST = 1000
"""Characters of a line; a file may hold names of any length and with any characters."""


class ThenarError(Exception):
    """What went wrong, where, and the fix, in one line; the command line prints it and exits with `exit_code`.

    >>> str(ThenarError("fx is 0", where="rec/camera.json", fix="write the focal length in pixels"))
    'rec/camera.json: fx is 0; write the focal length in pixels'
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | Path | None = None, fix: str | None = None) -> None:
        line = f"{where}: {what}" if where is not None else what
        if fix:
            line = f"{line}; {fix}"
        line = "".join(c if c.isprintable() else "?" for c in " ".join(line.split()))
        super().__init__(line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}")


class MissingExtra(ThenarError):
    """A library of an optional extra is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        first = "pip install torch==2.13.0 first, then " if extra == "train" else ""
        super().__init__(f"{library} is not installed", fix=f"{first}pip install 'thenar[{extra}]'")
