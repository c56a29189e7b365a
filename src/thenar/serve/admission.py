"""Who may look: the rules that keep another page, another machine or a renamed host out."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from thenar.errors import ThenarError

SHORTEST_TOKEN: Final = 16
"""Characters: 16 random letters are beyond guessing over a network."""


@dataclass(frozen=True)
class Admission:
    """host: what the server is bound to. token: asked of everyone who wants the page or the stream, "" for nobody.

    Raises:
        ThenarError: other machines can reach the host and there is no token, or a short one.
    """

    host: str
    token: str = ""

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.token:
            raise ThenarError(f"host {self.host} is open to other machines", fix="add a --token that viewers must know")
        if self.token and not (len(self.token) >= SHORTEST_TOKEN and self.token.isascii() and self.token.isalnum()):
            raise ThenarError("the token is easy to guess", fix=f"use {SHORTEST_TOKEN} or more letters and digits")

    def refusal(self, target: str, host: str | None, origin: str | None, public: bool = False) -> str:
        """Why a request is turned down, or "". target: path and query as asked for. public: no token is needed.

        A browser always says which page opens a WebSocket: one that another origin's page opens is refused. A name
        that isn't this machine's is refused too, since an attacker's name may lead here (DNS rebinding).
        """
        if host is None or not self._ours(host):
            return "this host name is not served here"
        if origin is not None and origin != f"http://{host}":
            return "pages of another origin may not connect"
        if self.token and not public:
            given = parse_qs(target.partition("?")[2]).get("token", [""])[-1]
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                return "add ?token=... as the program that serves this page was told"
        return ""

    def _ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:  # a bracket that isn't closed
            return False
        if name is None:
            return False
        if is_loopback(self.host):
            return is_loopback(name)
        return name == self.host or is_loopback(name) or _is_address(name)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host of this name or address."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
