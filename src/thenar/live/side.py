"""Which hand it is: evidence from frame to frame, and a decision that is made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from thenar.live.estimate import Side

OTHER: Final[dict[Side, Side]] = {"right": "left", "left": "right"}


@dataclass(frozen=True)
class SideConfig:
    """margin: evidence that decides. frames: after so many readings of both sides the greater evidence decides."""

    margin: float = 0.5
    frames: int = 6


class SideEvidence:
    """Sums by how much a hand looks more like a right one than like a left one; once decided, it stays.

    given: the side, if it is known from the start.
    """

    def __init__(self, config: SideConfig | None = None, given: Side | None = None) -> None:
        self.config = config or SideConfig()
        self.decided: Side | None = given
        self._sum = 0.0
        self._frames = 0

    def add(self, right: float, left: float) -> Side:
        """Scores of one frame read as a right and as a left hand, in [0, 1] -> the side that all frames speak for."""
        self._sum += right - left
        self._frames += 1
        leading: Side = "right" if self._sum >= 0 else "left"
        if self.decided is None and (abs(self._sum) >= self.config.margin or self._frames >= self.config.frames):
            self.decided = leading
        return self.decided or leading
