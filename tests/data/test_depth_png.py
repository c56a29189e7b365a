from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from thenar.data.depth_png import read_depth, write_depth
from thenar.errors import ThenarError
from thenar.hand.camera import Camera

CAMERA = Camera(50.0, 50.0, 15.5, 11.5, 32, 24, 0.125)
DEPTH = np.random.default_rng(0).integers(0, 65536, (24, 32)).astype(np.float32) / 8


@pytest.mark.parametrize("unit", [1.0, 0.125, 0.1, 0.25])
def test_depth_comes_back_to_half_a_unit(tmp_path: Path, unit: float) -> None:
    camera = Camera(50, 50, 16, 12, 32, 24, unit)
    depth = np.random.default_rng(1).uniform(unit, 60_000 * unit, (24, 32)).astype(np.float32)
    write_depth(tmp_path / "a.png", depth, camera)
    back = read_depth(tmp_path / "a.png", camera)
    assert back.dtype == np.float32 and back.shape == (24, 32)
    np.testing.assert_allclose(back, depth, atol=unit * 0.51)


@pytest.mark.parametrize("reading", [np.nan, np.inf, -np.inf, -1.0, 0.0, 65535.6 / 8, 66_000 / 8, 1e9], ids=str)
def test_what_16_bits_cannot_hold_is_no_reading(tmp_path: Path, reading: float) -> None:
    depth = DEPTH.copy()
    depth[3, 4] = reading
    write_depth(tmp_path / "a.png", depth, CAMERA)
    back = read_depth(tmp_path / "a.png", CAMERA)
    assert back[3, 4] == 0
    depth[3, 4] = 0
    np.testing.assert_array_equal(back, depth)


def png_of(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def header_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    idat = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (ihdr, idat, b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


GREY = Image.new("L", (32, 24), 9)
BAD = {
    "8-bit": (png_of(GREY), "8-bit grey, not 16-bit grey"),
    "colour": (png_of(GREY.convert("RGB")), r"colour \(RGB\), not 16-bit grey"),
    "colour and alpha": (png_of(GREY.convert("RGBA")), "colour"),
    "palette": (png_of(GREY.convert("P")), "palette"),
    "1-bit": (png_of(GREY.convert("1")), "1-bit"),
    "another size": (png_of(Image.fromarray(np.zeros((32, 24), np.uint16))), "is 24x32 but the camera 32x24"),
    "a bomb": (header_claiming(60_000, 60_000), r"a\.png"),
    "large": (header_claiming(12_000, 8_000), "is 12000x8000 but the camera"),
    "empty": (b"", "not readable as PNG"),
    "text": (b"hello", "not readable as PNG"),
    "a jpeg": (b"\xff\xd8\xff\xe0" + b"\0" * 100, "not readable as PNG"),
    "header only": (header_claiming(32, 24)[:33], "not readable as PNG"),
    "pixels missing": (header_claiming(32, 24), "not readable as PNG"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", list(BAD))
def test_a_png_that_is_no_depth_frame_is_one_line_with_its_name(tmp_path: Path, kind: str) -> None:
    content, message = BAD[kind]
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ThenarError, match=message) as caught:
        read_depth(path, CAMERA)
    assert str(path) in str(caught.value) and ";" in str(caught.value)


def test_cut_anywhere_a_frame_is_refused_or_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_depth(path, DEPTH, CAMERA)
    data = path.read_bytes()
    for cut in range(0, len(data), 7):
        path.write_bytes(data[:cut])
        try:
            back = read_depth(path, CAMERA)
        except ThenarError:
            continue
        np.testing.assert_array_equal(back, DEPTH)


@given(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=8))
def test_flipped_bytes_never_crash_the_reader(place: int, noise: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.png"
        write_depth(path, DEPTH, CAMERA)
        data = bytearray(path.read_bytes())
        start = place % len(data)
        data[start : start + len(noise)] = noise
        path.write_bytes(data)
        try:
            assert read_depth(path, CAMERA).shape == (24, 32)
        except ThenarError as error:
            assert str(path) in str(error)


def test_a_frame_of_another_size_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match="32x24"):
        write_depth(tmp_path / "a.png", DEPTH.T, CAMERA)
    assert not list(tmp_path.iterdir())
