"""The page's files, read from the package, and the headers that shut everything else out."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from websockets.datastructures import Headers
from websockets.http11 import Response

from thenar.serve.hand_mesh import hand_binary

HAND: Final = "/hand.bin"

PAGES: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/viewer.css": ("viewer.css", "text/css; charset=utf-8"),
    "/viewer.js": ("built/viewer.js", "text/javascript; charset=utf-8"),
    HAND: ("", "application/octet-stream"),
}
"""Path -> the file in `page/` (the hand model is made instead) and its type. There is nothing else to ask for, so
no path can lead astray."""

PUBLIC: Final = ("/viewer.css", "/viewer.js", HAND)
"""Without any secret: no token is asked for."""


def page(path: str, host: str) -> Response:
    """The file at a path of `PAGES`. host: as the browser called it, for the policy's WebSocket address."""
    name, kind = PAGES[path]
    body = hand_binary() if path == HAND else files("thenar.serve").joinpath("page", name).read_bytes()
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return respond(200, "OK", body, kind, {"Content-Security-Policy": policy})


def respond(
    status: int, reason: str, body: bytes, kind: str = "text/plain; charset=utf-8", more: dict[str, str] | None = None
) -> Response:
    """An HTTP response that no cache keeps, no other page may read or frame, and no browser guesses the type of."""
    headers = {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        **(more or {}),
    }
    return Response(status, reason, Headers(headers), body)
