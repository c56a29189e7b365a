"""Ctrl-C ends a run between two steps, not in the middle of one."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def stop_signal() -> Iterator[list[int]]:
    """A list that is empty until SIGINT or SIGTERM arrives; a second one ends the process as usual."""
    seen: list[int] = []
    before: dict[signal.Signals, Any] = {}

    def note(number: int, _: object) -> None:
        seen.append(number)
        for each, handler in before.items():
            signal.signal(each, handler)

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, note)
    except ValueError:
        before.clear()  # not the main thread: signals are someone else's
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
