"""MSRA Hand Gesture database (Sun et al., CVPR 2015).

Layout: P0..P8 / gesture / 000000_depth.bin and joint.txt. A .bin holds six int32 (width, height, left, top, right,
bottom) and the box [left, right) x [top, bottom) as float32 mm, row by row. joint.txt holds the number of frames, then
21 times x, y, z in mm a line, with y up and z towards the camera.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.datasets.labels_text import numbers
from thenar.data.frame import BadFrame, Frame, Hand
from thenar.data.line_file import read_lines
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.conventions import MSRA15

CAMERA: Final = Camera(241.42, 241.42, 160.0, 120.0, 320, 240)
HEADER: Final = struct.Struct("<6i")
TO_OUR_AXES: Final = np.array([1.0, -1.0, -1.0])


def read(path: Path) -> Iterator[Frame | BadFrame]:
    """The frames of all subjects, of one (P0) or of one gesture (P0/1). The set's readme says: right hands.

    Raises:
        ThenarError: there is no joint.txt, or a line in it isn't as published.
    """
    label_files = sorted({*path.glob("joint.txt"), *path.glob("*/joint.txt"), *path.glob("P*/*/joint.txt")})
    if not label_files:
        raise ThenarError("has no joint.txt", where=path, fix="give the folder that holds P0, or a subject or gesture")
    for labels in label_files:
        for index, xyz in enumerate(_labels(labels)):
            frame = labels.with_name(f"{index:06d}_depth.bin")
            name = frame.relative_to(path).as_posix()
            try:
                depth = _depth(frame)
            except ThenarError as error:
                yield BadFrame(name, str(error))
                continue
            yield Frame(name, depth, CAMERA, hands=(Hand(MSRA15.to_ours(xyz * TO_OUR_AXES), "right"),))


def _labels(path: Path) -> Iterator[NDArray[np.float64]]:
    for number, line, _ in read_lines(path):
        tokens = line.decode("utf-8", "replace").split()
        if number > 1 and tokens:  # the first line is the number of frames
            yield numbers(tokens, len(MSRA15.joints), f"{path}:{number}")


def _depth(path: Path) -> NDArray[np.float32]:
    """(240, 320) mm from a .bin; the header is checked against the file's size before anything is made of it."""
    try:
        size = path.stat().st_size
        if size > HEADER.size + 4 * CAMERA.width * CAMERA.height:
            raise ThenarError(f"{size} bytes are more than a frame", where=path, fix="restore it")
        data = path.read_bytes()
    except OSError as error:
        raise ThenarError(f"cannot read: {error.strerror or error}", where=path, fix="restore it") from None
    if len(data) < HEADER.size:
        raise ThenarError("is cut short in its header", where=path, fix="restore it")
    width, height, left, top, right, bottom = HEADER.unpack_from(data)
    if (width, height) != (CAMERA.width, CAMERA.height) or not (
        0 <= left <= right <= width and 0 <= top <= bottom <= height
    ):
        raise ThenarError(f"header {HEADER.unpack_from(data)} is no box in 320x240", where=path, fix="restore it")
    rows, columns = bottom - top, right - left
    if len(data) != HEADER.size + 4 * rows * columns:
        raise ThenarError(f"holds {len(data)} bytes, not a box of {columns}x{rows}", where=path, fix="restore it")
    depth = np.zeros((height, width), np.float32)
    box = np.frombuffer(data, "<f4", offset=HEADER.size).reshape(rows, columns)
    depth[top:bottom, left:right] = np.where(np.isfinite(box) & (box > 0), box, 0)
    return depth
