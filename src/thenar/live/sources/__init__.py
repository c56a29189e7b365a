"""Cameras, recordings and made-up hands behind one protocol."""

from __future__ import annotations

from thenar.live.sources.open import CAMERAS, open_source
from thenar.live.sources.source import Source, SourceLost, SourceStalled, frames, started

__all__ = ["CAMERAS", "Source", "SourceLost", "SourceStalled", "frames", "open_source", "started"]
