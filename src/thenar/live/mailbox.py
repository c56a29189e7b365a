"""A bounded queue between two threads, in which either the newest wins or the sender waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

from thenar.errors import ThenarError

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """At most `size` items on their way from one thread to another.

    Where it is full, `put` drops the oldest and counts it; one that is `lossless` makes the sender wait instead.
    Iterating gives items until it is closed and empty.

    Raises:
        ThenarError: the size is below 1.
    """

    def __init__(self, size: int = 1, lossless: bool = False) -> None:
        if size < 1:
            raise ThenarError(f"a queue of {size}", fix="give it room for 1 or more")
        self.size, self.lossless = size, lossless
        self.dropped = 0
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Item) -> None:
        """Hand an item over; one that comes after `close` is let go."""
        with self._changed:
            while self.lossless and len(self._items) >= self.size and not self._closed:
                self._changed.wait()
            if self._closed:
                return
            if len(self._items) >= self.size:
                self._items.popleft()
                self.dropped += 1
            self._items.append(item)
            self._changed.notify_all()

    def get(self, timeout_s: float | None = None) -> Item | None:
        """The oldest item, waited for; None once it is closed and empty, or when nothing came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            item = self._items.popleft() if self._items else None
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """No item comes any more; those inside may still be taken. Closing twice does no harm."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether no item comes any more."""
        return self._closed

    def __iter__(self) -> Iterator[Item]:
        while (item := self.get()) is not None:
            yield item
