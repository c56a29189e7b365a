"""Source, locate, crop, network, smooth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thenar.live.api import LiveTracker as Tracker
    from thenar.live.api import open as open

__all__ = ["Tracker", "open"]

_FROM_API = {"Tracker": "LiveTracker", "open": "open"}


def __getattr__(name: str) -> Any:
    """`open` and `Tracker`, imported when they are asked for: most of this package needs no threads and no runtime."""
    if name not in _FROM_API:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from thenar.live import api

    return getattr(api, _FROM_API[name])
