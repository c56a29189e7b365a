"""What the two networks answer, to look at: an input and both predictions side by side."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

import numpy as np

from thenar.compress.task import Array, Task, several

SIDE = 96
"""Pixels of a picture's longer side on the page."""


def shown(task: Task, image: Array, outputs: list[Array]) -> str:
    """HTML of one answer: the task's own `picture(input, outputs)`, an array of bytes, where it has one; else words for
    scores (K,), a picture for maps.

    image: (C, H, W). outputs: one array each, without the batch.
    """
    draw = getattr(task, "picture", None)
    if draw is not None:
        return picture(np.asarray(draw(image, several(outputs))))
    first = outputs[0]
    if first.ndim == 1:
        best = int(first.argmax())
        return f"<span>{best} ({float(first[best]):.3g})</span>"
    return (
        picture(grey(first)) if first.ndim == 3 else f"<span>{escape(np.array2string(first, precision=3))[:60]}</span>"
    )


def grey(maps: Array) -> Any:
    """(C, H, W) of any range -> (H, W) or (H, W, 3) bytes from the smallest value to the largest; of more than three
    channels the largest one's number.
    """
    values = np.moveaxis(maps, 0, -1) if len(maps) == 3 else maps[0] if len(maps) < 3 else maps.argmax(0)
    low, high = float(values.min()), float(values.max())
    return np.uint8(255 * (values - low) / ((high - low) or 1.0))


def picture(pixels: Array) -> str:
    """(H, W) or (H, W, 3) bytes as an HTML image that holds its own data."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels, np.uint8))
    scale = SIDE / max(image.size)
    image = image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.NEAREST
    )
    data = io.BytesIO()
    image.save(data, "PNG")
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}">'
