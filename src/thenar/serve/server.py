"""The server: the page over HTTP, frames over a WebSocket, on one thread beside the pipeline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from thenar.errors import ThenarError
from thenar.live.gesture import name_gesture
from thenar.live.hands import HandsTracker
from thenar.live.live_frame import Namer
from thenar.live.pipeline import LiveFrame, MakeTracker
from thenar.live.sources import Source
from thenar.run.session import Session
from thenar.serve.admission import Admission
from thenar.serve.assets import PAGES, PUBLIC, page, respond
from thenar.serve.stage import Stage
from thenar.serve.viewers import Audience, Shot, Viewer
from thenar.serve.wire import MAX_COMMAND_BYTES, Command, depth_message, frame_message, hello, message, parse_command

SOCKET: Final = "/stream"
MAX_VIEWERS: Final = 32
STATUS_EVERY_S: Final = 0.5
CLOSE_S: Final = 1.0
"""What a viewer gets to say goodbye."""

SEND_BUFFER_BYTES: Final = 1 << 18
"""What may wait inside a connection before its viewer counts as slow: about three frames with depth."""


class ViewServer:
    """Serves a source's hands at `url` from `start` to `stop`; also a context manager.

    port: 0 takes a free one. folder: where recordings go. token: see `Admission`. namer: who names signs.

    Raises:
        ThenarError: the host is open and the token missing; from `start`, also a port that is taken and whatever the
            source raises.
    """

    def __init__(
        self,
        source: Source,
        session: Session,
        folder: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = "",
        make_tracker: MakeTracker = HandsTracker,
        namer: Namer = name_gesture,
    ) -> None:
        self.admission = Admission(host, token)
        self.host, self.port = host, port
        self.stage = Stage(source, session, folder, self._frame, make_tracker, namer)
        self.audience = Audience()
        self._loop = asyncio.new_event_loop()
        self._server: Server | None = None
        self._times: deque[float] = deque()
        self._newest: deque[Shot] = deque(maxlen=1)
        self._thread = threading.Thread(target=self._run, name="thenar serve", daemon=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        name = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        shown = f"[{name}]" if ":" in name else name
        return f"http://{shown}:{self.port}/" + (f"?token={self.admission.token}" if self.admission.token else "")

    def start(self) -> None:
        """Listen, then start the source."""
        self._thread.start()
        try:
            self._do(self._listen())
            self.stage.start()
        except OSError as error:
            self.stop()
            reason = error.strerror or str(error)
            where = f"{self.host}:{self.port}"
            raise ThenarError(f"cannot listen: {reason}", where=where, fix="choose another --port") from None
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the source, close every connection, end the thread. May be called twice."""
        self.stage.stop()
        if self._thread.is_alive():
            self._do(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def __enter__(self) -> ViewServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        quiet = logging.getLogger("thenar.serve")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False
        self._server = await serve(
            self._welcome,
            self.host,
            self.port,
            process_request=self._answer,
            compression=None,
            max_size=MAX_COMMAND_BYTES,
            max_queue=4,
            write_limit=SEND_BUFFER_BYTES,
            close_timeout=CLOSE_S,
            server_header=None,
            logger=quiet,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        self._status_task = self._loop.create_task(self._status())

    async def _close(self) -> None:
        if self._server is not None:
            self._status_task.cancel()
            self._server.close()
            await self._server.wait_closed()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """HTTP's part: a page, a refusal, or None, which lets the WebSocket open."""
        path = request.path.partition("?")[0]
        hosts, origins = request.headers.get_all("Host"), request.headers.get_all("Origin")
        if len(hosts) != 1 or len(origins) > 1:
            return respond(400, "Bad Request", b"one Host, one Origin\n")
        refusal = self.admission.refusal(request.path, hosts[0], origins[0] if origins else None, path in PUBLIC)
        if refusal:
            return respond(403, "Forbidden", f"{refusal}\n".encode())
        if path == SOCKET:
            full = len(self.audience.viewers) >= MAX_VIEWERS
            return respond(503, "Service Unavailable", b"too many viewers\n") if full else None
        if path not in PAGES:
            return respond(404, "Not Found", b"nothing here\n")
        return page(path, hosts[0])

    async def _welcome(self, connection: ServerConnection) -> None:
        """One viewer, from its first message to its last."""
        viewer = Viewer(connection)
        viewer.tell("hello", hello(self.stage.source.name, self.stage.source.live, self.stage.session.runtime))
        viewer.tell("state", message("state", self.stage.status()))
        self.audience.viewers.add(viewer)
        sending = asyncio.create_task(viewer.run())
        try:
            async for text in connection:
                await self._obey(viewer, text)
        except ConnectionClosed:
            pass
        finally:
            self.audience.viewers.discard(viewer)
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await sending

    async def _obey(self, viewer: Viewer, text: str | bytes) -> None:
        try:
            command = parse_command(text)
            if command.type == "want":
                viewer.depth = command.depth
                return
            await asyncio.to_thread(self._act(command))
        except ThenarError as error:
            viewer.tell("error", message("error", {"message": str(error)}))
        self.audience.tell("state", message("state", self.stage.status()))

    def _act(self, command: Command) -> Callable[[], None]:
        stage = self.stage
        return {
            "record": stage.record,
            "stop_recording": stage.stop_recording,
            "replay": stage.replay,
            "live": stage.live,
            "pause": lambda: stage.playing().pause(),
            "resume": lambda: stage.playing().resume(),
            "step": lambda: stage.playing().step(command.frames),
            "seek": lambda: stage.playing().seek(command.index),
            "speed": lambda: stage.playing().play_at(command.speed),
        }[command.type]

    async def _status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_EVERY_S)
            self.audience.tell("state", message("state", self.stage.status()))

    def _frame(self, live: LiveFrame) -> None:
        """Encode a frame once, on the stage's thread, and hand it to the event loop."""
        now = time.monotonic()
        self._times.append(now)
        while self._times[0] < now - 1:
            self._times.popleft()
        if not self.audience.viewers:
            return
        depth = {bits: depth_message(live.frame, live.sequence, bits) for bits in self.audience.depths()}
        text = frame_message(live, float(len(self._times)), self.stage.place(live.frame.name))
        self._newest.append(Shot(text, depth))
        with contextlib.suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        """The newest frame to everyone; those that came while the loop was busy are passed over."""
        with contextlib.suppress(IndexError):  # an earlier call has handed it out
            self.audience.show(self._newest.pop())
