"""Which process runs which trial: a lock that the system takes back when its holder dies, however it dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from thenar.errors import ThenarError


class Claims:
    """Locks on the files of `folder`, on one machine. A claim lasts until the process ends, or `release`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._held: dict[str, IO[bytes]] = {}

    def take(self, name: str) -> bool:
        """Claim `name`; False where another process holds it. What is held is not taken twice."""
        if name in self._held:
            return False
        file = (self._folder / f"{name}.lock").open("ab")
        if not _lock(file, wait=False):
            file.close()
            return False
        self._held[name] = file
        return True

    def release(self, name: str) -> None:
        """Give `name` back."""
        self._held.pop(name).close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside, no other process is inside."""
        with (self._folder / "alone.lock").open("ab") as file:
            _lock(file, wait=True)
            yield


def _lock(file: IO[bytes], wait: bool) -> bool:
    try:
        import fcntl
    except ImportError as error:
        raise ThenarError("a search needs the file locks of Linux or macOS", fix="run it there") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
