"""Text files that grow a line at a time and survive a crash up to their last whole line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from thenar.errors import ThenarError

MAX_LINE_BYTES: Final = 1 << 16


class LineWriter:
    """Writes a new file line by line; a line has left the process when `write` returns.

    Raises:
        ThenarError: (from every method) the file can't be written; the whole lines before stay, nothing half is left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._end = 0
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise self._unwritable(error) from None

    def write(self, line: str) -> None:
        """Append one line, given without its end."""
        data = (line + "\n").encode()
        try:
            written = self._file.write(data)
            if written != len(data):
                raise OSError(f"{written} of {len(data)} bytes fitted")
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            raise self._unwritable(error) from None
        self._end += len(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> LineWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _unwritable(self, error: OSError) -> ThenarError:
        return ThenarError(
            f"cannot write: {error.strerror or error}", where=self.path, fix="free some space or choose another folder"
        )


def read_lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Number from 1, bytes without the end, and whether an end was there: False only for a line that may be torn.

    Raises:
        ThenarError: the file can't be read, or a line is longer than MAX_LINE_BYTES.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES):
                number += 1
                if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                    raise ThenarError(
                        f"the line is longer than {MAX_LINE_BYTES} bytes", where=f"{path}:{number}", fix="remove it"
                    )
                yield number, line.rstrip(b"\r\n"), line.endswith(b"\n")
    except OSError as error:
        raise ThenarError(f"cannot read: {error.strerror or error}", where=path, fix="check the path") from None
