"""Pictures of a tracked recording: an animation of it and one still from its middle."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image

from thenar.atomic import write_file

ANIMATION, STILL = "overlay.gif", "still.png"
WIDTH_PX: Final = 320
MOST_PICTURES: Final = 600
"""20 s at 30 frames per second. A longer recording is shown in larger steps, so that memory stays bounded."""


class Film:
    """Collects the pictures of a recording of `frames` frames, at `frame_rate_hz`, and writes them."""

    def __init__(self, frames: int, frame_rate_hz: float) -> None:
        self._step = max(1, -(-frames // MOST_PICTURES))
        self._middle = frames // 2
        self._duration_ms = round(1000 * self._step / frame_rate_hz)
        self._still: Image.Image | None = None
        self._small: list[Image.Image] = []

    def add(self, index: int, picture: Image.Image) -> None:
        """Take the picture of frame `index`; indices grow, some may be left out."""
        if self._still is None or index <= self._middle:
            self._still = picture
        if not self._small or index % self._step == 0:
            self._small.append(picture.resize((WIDTH_PX, max(1, round(picture.height * WIDTH_PX / picture.width)))))

    def write(self, folder: Path) -> None:
        """Write STILL and ANIMATION to `folder`, each whole or not at all; nothing where there is no picture.

        Raises:
            ThenarError: the folder can't be written.
        """
        if self._still is None:
            return
        still, (first, *rest) = self._still, self._small
        write_file(folder / STILL, lambda file: still.save(file, "PNG"))
        write_file(
            folder / ANIMATION,
            lambda file: first.save(file, "GIF", save_all=True, append_images=rest, duration=self._duration_ms, loop=0),
        )
