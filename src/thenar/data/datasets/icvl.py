"""ICVL Hand Posture Dataset (Tang et al., CVPR 2014).

Layout of `Training`: Depth/SEQUENCE/image_0000.png and labels.txt; of `Testing`: Depth/test_seq_N/image_0000.png and
test_seq_N.txt. Frames are 16-bit PNG in mm; a line is a frame's path under Depth and 16 times u, v in pixels, d in mm.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from thenar.data.datasets.labels_text import named_lines
from thenar.data.depth_png import read_depth
from thenar.data.frame import BadFrame, Frame, Hand
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.conventions import ICVL16

CAMERA: Final = Camera(240.99, 240.96, 160.0, 120.0, 320, 240)
NO_READING_MM: Final = 32001
SIDE: Final = "left"
"""The subjects showed right hands, but in the images they are mirrored: thumb and palm lie as those of a left hand
(checked on the test labels)."""


def read(path: Path) -> Iterator[Frame | BadFrame]:
    """The frames of `Training` or `Testing`.

    Raises:
        ThenarError: there is no label file, or a line in it isn't as published.
    """
    label_files = sorted({*path.glob("labels.txt"), *path.glob("test_seq_*.txt")})
    if not label_files:
        raise ThenarError("has neither labels.txt nor test_seq_N.txt", where=path, fix="give Training or Testing")
    for labels in label_files:
        for name, uvd in named_lines(labels, len(ICVL16.joints)):
            try:
                depth = read_depth(path / "Depth" / name, CAMERA)
            except ThenarError as error:
                yield BadFrame(name, str(error))
                continue
            depth = np.where(depth < NO_READING_MM, depth, np.float32(0))
            yield Frame(name, depth, CAMERA, hands=(Hand(ICVL16.to_ours(CAMERA.unproject(uvd)), SIDE),))
