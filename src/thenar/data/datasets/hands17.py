"""HANDS 2017 challenge (Yuan et al., arXiv 1707.02237), training part.

Layout of `training`: images/image_D00000001.png (16-bit PNG, mm) and Training_Annotation.txt with a frame's name and
21 times x, y, z in mm a line, x right, y down, z forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from thenar.data.datasets.labels_text import named_lines
from thenar.data.depth_png import read_depth
from thenar.data.frame import BadFrame, Frame, Hand
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.conventions import HANDS17

CAMERA: Final = Camera(475.065948, 475.065857, 315.944855, 245.287079, 640, 480)


def read(path: Path) -> Iterator[Frame | BadFrame]:
    """The frames of `training`, in the order of its annotation file; which hand it is, the set doesn't say.

    Raises:
        ThenarError: Training_Annotation.txt is missing, or a line in it isn't as published.
    """
    for name, xyz in named_lines(path / "Training_Annotation.txt", len(HANDS17.joints)):
        try:
            depth = read_depth(path / "images" / name, CAMERA)
        except ThenarError as error:
            yield BadFrame(name, str(error))
            continue
        yield Frame(name, depth, CAMERA, hands=(Hand(HANDS17.to_ours(xyz)),))
