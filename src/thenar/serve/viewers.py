"""Everyone who looks: each gets the newest frame that its connection has room for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from thenar.serve.wire import DepthBits, message


class Connection(Protocol):
    """The part of a WebSocket that sending needs; `send` waits while the other side doesn't read."""

    async def send(self, message: str | bytes) -> None:
        """Send a text or a binary message."""


@dataclass(frozen=True)
class Shot:
    """A frame, encoded once for all: JSON text, and depth by bits."""

    text: str
    depth: Mapping[int, bytes] = field(default_factory=dict)


class Viewer:
    """One connection. It holds at most one frame that waits: a newer one takes its place and counts as dropped."""

    def __init__(self, connection: Connection) -> None:
        self.depth: DepthBits = 8
        self.dropped = 0
        self._connection = connection
        self._waiting: Shot | None = None
        self._notes: dict[str, str] = {}
        self._wake = asyncio.Event()

    def show(self, shot: Shot) -> None:
        """Hand over a frame; never waits."""
        if self._waiting is not None:
            self.dropped += 1
        self._waiting = shot
        self._wake.set()

    def tell(self, kind: str, text: str) -> None:
        """Hand over another message; a newer one of its kind takes its place."""
        self._notes[kind] = text
        self._wake.set()

    async def run(self) -> None:
        """Send what is handed over until the connection closes or the task is cancelled."""
        told = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            notes, self._notes = self._notes, {}
            for text in notes.values():
                await self._connection.send(text)
            shot, self._waiting = self._waiting, None
            if shot is None:
                continue
            await self._connection.send(shot.text)
            if self.depth in shot.depth:
                await self._connection.send(shot.depth[self.depth])
            if self.dropped != told:
                told = self.dropped
                await self._connection.send(message("viewer", {"dropped": told}))


class Audience:
    """All viewers of a server; lives on its event loop."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()

    def show(self, shot: Shot) -> None:
        """A frame for everyone."""
        for viewer in self.viewers:
            viewer.show(shot)

    def tell(self, kind: str, text: str) -> None:
        """A message for everyone."""
        for viewer in self.viewers:
            viewer.tell(kind, text)

    def depths(self) -> frozenset[int]:
        """The bits of depth that somebody wants."""
        return frozenset(viewer.depth for viewer in tuple(self.viewers)) - {0}
