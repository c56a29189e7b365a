"""One depth frame as a 16-bit greyscale PNG."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from thenar.atomic import write_bytes
from thenar.errors import ThenarError
from thenar.hand.camera import Camera

COMPRESS_LEVEL = 1
"""zlib's fastest: noisy depth hardly shrinks further, and a recorder has to keep up with its camera."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2

_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)
"""What Pillow raises, over its decoders, for a file that isn't the image it says it is."""


def read_png(path: Path, mode: str, size: tuple[int, int]) -> Image.Image:
    """A decoded PNG of the given Pillow mode and (width, height); both are checked before any pixel is decoded.

    Raises:
        ThenarError: the file is missing, cut short or no PNG, or is of another mode or size.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked below
            image = Image.open(path, formats=("PNG",))
        with image:
            if image.mode != mode:
                raise ThenarError(
                    f"is {_described(image.mode)}, not {_described(mode)}",
                    where=path,
                    fix="store depth as the camera gave it",
                )
            if image.size != size:
                raise ThenarError(
                    f"is {image.size[0]}x{image.size[1]} but the camera {size[0]}x{size[1]}",
                    where=path,
                    fix="use the camera that belongs to these frames",
                )
            image.load()
            return image
    except FileNotFoundError:
        raise ThenarError("no such file", where=path, fix="check the name") from None
    except _UNREADABLE as error:
        raise ThenarError(f"not readable as PNG ({error})", where=path, fix="record or copy it again") from None


def read_depth(path: Path, camera: Camera) -> NDArray[np.float32]:
    """A 16-bit greyscale PNG in the camera's unit -> (H, W) float32 mm, 0 = no reading.

    Raises:
        ThenarError: as `read_png`.
    """
    stored = np.asarray(read_png(path, "I;16", (camera.width, camera.height)), np.uint16)
    return stored * np.float32(camera.depth_unit_mm)


def write_depth(path: Path, depth_mm: NDArray[np.floating], camera: Camera) -> None:
    """(H, W) mm -> a 16-bit greyscale PNG in the camera's unit, whole or not at all.

    NaN, infinities, negative values and what is too far for 16 bits are written as 0, no reading.

    Raises:
        ThenarError: the frame isn't of the camera's size, or the disk is full.
    """
    if depth_mm.shape != (camera.height, camera.width):
        raise ThenarError(
            f"frame of shape {depth_mm.shape} but the camera is {camera.width}x{camera.height}",
            where=path,
            fix="give (height, width) as the camera says",
        )
    units = np.rint(np.asarray(depth_mm, np.float64) / camera.depth_unit_mm)
    with np.errstate(invalid="ignore"):
        stored = np.where((units > 0) & (units <= np.iinfo(np.uint16).max), units, 0).astype(np.uint16)
    write_bytes(path, encode_png(stored))


def encode_png(stored: NDArray[np.uint16]) -> bytes:
    """(H, W) of 16 bits -> a greyscale PNG. Each row is written as its difference from the row above (filter 2 of PNG,
    RFC 2083 section 6.4): depth changes little downwards, so that this takes half the time of a coder that chooses a
    filter for each row, and no more room. zlib lets other threads run meanwhile.
    """
    height, width = stored.shape
    pixels = stored.astype(">u2").view(np.uint8).reshape(height, 2 * width)
    rows = np.empty((height, 1 + 2 * width), np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = pixels[0]
    np.subtract(pixels[1:], pixels[:-1], out=rows[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)  # 16-bit grey, deflate, filtered rows, no interlace
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.data, COMPRESS_LEVEL)), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _described(mode: str) -> str:
    names = {"I;16": "16-bit grey", "I": "32-bit grey", "L": "8-bit grey", "1": "1-bit", "P": "a palette image"}
    return names.get(mode, f"colour ({mode})")
