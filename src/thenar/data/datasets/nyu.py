"""NYU Hand Pose Dataset (Tompson et al., TOG 2014), first camera.

Layout of `train` or `test`: depth_1_0000001.png (8-bit RGB; depth in mm = green * 256 + blue) and joint_data.mat with
joint_uvd (cameras, frames, 36, 3) in pixels and mm.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.depth_png import read_png
from thenar.data.frame import BadFrame, Frame, Hand
from thenar.errors import MissingExtra, ThenarError
from thenar.hand.camera import Camera
from thenar.hand.conventions import NYU14, NYU_EVALUATED

CAMERA: Final = Camera(588.03, 587.07, 320.0, 240.0, 640, 480)
"""v counts downwards in the labels; the minus before fy in the authors' script makes *their* y point up."""

LABELS: Final = 36
NO_READING_MM: Final = 32001
MAX_MAT_BYTES: Final = 2 << 30


def read(path: Path) -> Iterator[Frame | BadFrame]:
    """The frames of `train` or `test`. The labels' geometry is that of right hands (checked on the test labels).

    Raises:
        ThenarError: joint_data.mat is missing or not as published.
        MissingExtra: SciPy is not installed.
    """
    for index, uvd in enumerate(_labels(path / "joint_data.mat")):
        name = f"depth_1_{index + 1:07d}.png"
        try:
            depth = _depth(path / name)
        except ThenarError as error:
            yield BadFrame(name, str(error))
            continue
        joints = NYU14.to_ours(CAMERA.unproject(uvd[list(NYU_EVALUATED)]))
        yield Frame(name, depth, CAMERA, hands=(Hand(joints, "right"),))


def _depth(path: Path) -> NDArray[np.float32]:
    packed = np.asarray(read_png(path, "RGB", (CAMERA.width, CAMERA.height)), np.uint16)
    depth = (packed[..., 1] << 8) | packed[..., 2]
    return np.where(depth < NO_READING_MM, depth, 0).astype(np.float32)


def _labels(path: Path) -> NDArray[np.float64]:
    """(frames, 36, 3): u, v in pixels and d in mm of the first camera."""
    try:
        from scipy.io import loadmat
    except ImportError:
        raise MissingExtra("SciPy", "train") from None
    try:
        if path.stat().st_size > MAX_MAT_BYTES:
            raise ThenarError("is larger than any joint_data.mat", where=path, fix="restore it")
        uvd = np.asarray(loadmat(path, variable_names=["joint_uvd"])["joint_uvd"], np.float64)
    except FileNotFoundError:
        raise ThenarError("no such file", where=path, fix="give the folder train or test of the data set") from None
    except ThenarError:
        raise
    except Exception as error:  # SciPy's parser raises whatever a broken file leads it to
        raise ThenarError(f"not readable as a MATLAB file ({error})", where=path, fix="restore it") from None
    if uvd.ndim != 4 or uvd.shape[0] < 1 or uvd.shape[2:] != (LABELS, 3):
        raise ThenarError(f"joint_uvd has shape {uvd.shape}", where=path, fix="it must be (cameras, frames, 36, 3)")
    first: NDArray[np.float64] = uvd[0]
    return first
