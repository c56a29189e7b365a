"""What a hand does, from its joints alone: how far it pinches or grabs, which sign it makes, how it moves."""

from __future__ import annotations

from thenar.live.gesture.named import NAMES, name_gesture
from thenar.live.gesture.strength import grab_strength, pinch_strength

__all__ = ["NAMES", "grab_strength", "name_gesture", "pinch_strength"]
