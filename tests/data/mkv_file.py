"""Matroska files with a depth track, as recorders write them."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np

MS = Fraction(1, 1000)


def write_mkv(
    path: Path, frames: list[np.ndarray], times_ms: list[int], codec: str = "ffv1", titles: tuple[str, ...] = ("DEPTH",)
) -> Path:
    """uint16 frames (H, W) into one or more tracks; a further track holds the frames' complement."""
    import av

    height, width = frames[0].shape
    with av.open(str(path), "w", format="matroska", options={"allow_raw_vfw": "1"}) as file:
        streams = []
        for title in titles:
            stream = file.add_stream(codec, rate=30)
            stream.width, stream.height, stream.time_base = width, height, MS
            stream.pix_fmt = "gray16le" if codec == "ffv1" else "gray16be"
            stream.codec_context.time_base = MS
            stream.metadata["title"] = title
            streams.append(stream)
        for depth, time_ms in zip(frames, times_ms, strict=True):
            for number, stream in enumerate(streams):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(depth ^ (0xFFFF * number)), format="gray16le")
                frame = frame.reformat(format=stream.pix_fmt)
                frame.pts, frame.time_base = time_ms, MS
                file.mux(stream.encode(frame))
        for stream in streams:
            file.mux(stream.encode())
    if codec == "rawvideo":
        _call_it_b16g(path, width, height)
    return path


def _call_it_b16g(path: Path, width: int, height: int) -> None:
    """The BITMAPINFOHEADER that an Azure Kinect's recorder writes; PyAV's muxer leaves the codec's name out."""
    data = path.read_bytes()
    before = struct.pack("<Iii", 40, width, -height)
    after = struct.pack("<IiiHH4s", 40, width, height, 1, 16, b"b16g")
    at = data.index(before)
    path.write_bytes(data[:at] + after + data[at + len(after) :])
