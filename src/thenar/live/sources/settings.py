"""What is asked of a camera, and how what it sends becomes millimetres."""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.extras import require
from thenar.hand.camera import Camera
from thenar.live.sources.source import SourceLost


@dataclass(frozen=True)
class CameraSettings:
    """width, height in pixels; fps; serial: of one camera among several, "" for whichever is found first.

    near_mm, far_mm: depth outside is no reading. Raises ThenarError for a range or a rate that none could have.
    """

    width: int = 640
    height: int = 480
    fps: int = 30
    near_mm: float = 150.0
    far_mm: float = 3000.0
    serial: str = ""

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.fps) < 1:
            raise ThenarError(f"{self.width}x{self.height} at {self.fps} frames per second", fix="give numbers above 0")
        if not 0 <= self.near_mm < self.far_mm < math.inf:
            raise ThenarError(f"depth from {self.near_mm} to {self.far_mm} mm", fix="near must lie below far")

    def __str__(self) -> str:
        return f"{self.width}x{self.height} at {self.fps} frames per second"


def vendor_sdk(library: str, extra: str) -> Any:
    """A camera maker's package by its import name.

    Raises:
        MissingExtra: it is not installed.
        ThenarError: it is, and can't be loaded.
    """
    require(extra, library)
    try:
        with _stdout_is_stderr():
            return importlib.import_module(library)
    except ImportError as error:
        raise ThenarError(
            f"{library} cannot be loaded ({error})", fix=f"pip install --force-reinstall {library}"
        ) from None


@contextlib.contextmanager
def _stdout_is_stderr() -> Iterator[None]:
    """Some packages greet, from C++, who imports them; standard output is for what was asked for."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def to_mm(stored: NDArray[np.integer], camera: Camera, settings: CameraSettings) -> NDArray[np.float32]:
    """(H, W) in the camera's unit -> (H, W) float32 mm, a copy; 0 where there is no reading between near and far.

    The product is the one with which a recording is read: a frame that was recorded comes back to the bit.
    """
    depth_mm = stored.astype(np.uint16) * np.float32(camera.depth_unit_mm)
    depth_mm[(depth_mm < settings.near_mm) | (depth_mm > settings.far_mm)] = 0.0
    return depth_mm


def unit_mm(metres: float) -> float:
    """A depth unit given in metres as float32 -> mm, without the digits that float32 made up (0.001 -> 1.0)."""
    return round(metres * 1e3, 6)


def choose(serials: Sequence[str], wanted: str, name: str) -> str:
    """The serial number that is wanted, or of any the first.

    Raises:
        SourceLost: it is not among those that are plugged in.
    """
    if wanted and wanted not in serials:
        fix = f"choose one of {', '.join(serials)}" if serials else "plug it in"
        raise SourceLost("no such camera", where=name, fix=fix)
    if not serials:
        raise SourceLost("no camera", where=name, fix="plug one in; see docs/cameras.md")
    return wanted or serials[0]
