"""A recording whose frames are the 16-bit depth track of a Matroska file, as an Azure Kinect's recorder writes it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.frame import BadFrame, Frame
from thenar.data.recording import CAMERA, Recording
from thenar.errors import ThenarError
from thenar.extras import require
from thenar.hand.camera import Camera, read_camera

SUFFIX: Final = ".mkv"
DEPTH_TITLE: Final = "depth"
"""In the title of the track that is read, where there are several of 16 bits: an Azure Kinect's are DEPTH and IR."""

GREY16: Final = ("gray16le", "gray16be")
MAX_FRAMES: Final = 1_000_000


@dataclass(frozen=True)
class MkvRecording(Recording):
    """A `Recording` of which frames are decoded out of one file; their names are numbers, as if they were PNGs."""

    track: DepthTrack = None  # type: ignore[assignment]  # follows fields with defaults; always given

    def read(self, index: int) -> Frame | BadFrame:
        """The frame at a place; a `BadFrame` where it can't be decoded or has no reading at all."""
        name = self.names[index]
        try:
            stored = self.track.read(index)
        except ThenarError as error:
            return BadFrame(name, str(error))
        if not stored.any():
            return BadFrame(name, f"{self.path}, frame {index}: has no depth reading; leave it out or record it again")
        depth = stored.astype(np.float32) * np.float32(self.camera.depth_unit_mm)
        return Frame(name, depth, self.camera, self.times_s[index])


class DepthTrack:
    """The depth track of an open file. Frames that are asked for in order are decoded once each.

    Raises:
        MissingExtra: PyAV is not installed.
        ThenarError: the file can't be read, or has no depth track, or none of the camera's size.
    """

    def __init__(self, path: Path, camera: Camera) -> None:
        require("mkv", "av")
        import av

        logging.getLogger("libav").setLevel(logging.CRITICAL)  # what is wrong is told in our own words
        self.path = path
        self._error = av.error.FFmpegError
        try:
            self._file: Any = av.open(str(path), format="matroska")
            self._stream = _depth_stream(self._file, path)
        except (av.error.FFmpegError, OSError) as error:
            raise ThenarError(f"cannot be read ({_reason(error)})", where=path, fix="give a Matroska file") from None
        size = (self._stream.width, self._stream.height)
        if size != (camera.width, camera.height):
            what = f"frames of {size[0]}x{size[1]} but the camera is {camera.width}x{camera.height}"
            raise ThenarError(what, where=path, fix="give the camera.json of this recording")
        self._places = self._scan()
        self._decoded: Iterator[tuple[int, NDArray[np.uint16]]] = iter(())
        self._next = -1

    @property
    def times_s(self) -> tuple[float, ...]:
        """Seconds of each frame, from the file's own beginning."""
        unit = float(self._stream.time_base)
        return tuple(place * unit for place in self._places)

    def read(self, index: int) -> NDArray[np.uint16]:
        """(H, W) in the camera's unit.

        Raises:
            ThenarError: the frame can't be decoded.
        """
        where = f"{self.path}, frame {index}"
        try:
            if index != self._next:
                self._file.seek(self._places[index], stream=self._stream)
                self._decoded = self._frames()
            self._next = -1
            reached = ((place, depth) for place, depth in self._decoded if place >= self._places[index])
            place, depth = next(reached, (-1, None))
        except (self._error, ValueError) as error:
            raise ThenarError(f"cannot be decoded ({_reason(error)})", where=where, fix="record it again") from None
        if depth is None or place != self._places[index]:
            raise ThenarError("is missing", where=where, fix="record it again")
        self._next = index + 1
        return depth

    def _frames(self) -> Iterator[tuple[int, NDArray[np.uint16]]]:
        for frame in self._file.decode(self._stream):
            yield frame.pts, np.asarray(frame.to_ndarray(), np.uint16)

    def _scan(self) -> tuple[int, ...]:
        """The time stamp of every frame, in order; a file that a crash cut short ends with its last whole frame."""
        places: set[int] = set()
        try:
            for packet in self._file.demux(self._stream):
                if packet.pts is not None and packet.size and not packet.is_corrupt:
                    places.add(packet.pts)
                if len(places) > MAX_FRAMES:
                    raise ThenarError(f"more than {MAX_FRAMES} frames", where=self.path, fix="cut it up")
        except self._error:
            pass
        if not places:
            raise ThenarError("has no depth frame", where=self.path, fix="record it again")
        return tuple(sorted(places))


def open_mkv(path: Path, camera_path: Path | None = None) -> MkvRecording:
    """Open a Matroska file as a recording; it is gone through once, and no frame is decoded yet.

    camera_path: of its `camera.json`, without which the one beside the file is taken.

    Raises:
        ThenarError: no such file, no depth track in it, or a camera that is missing, wrong or of another size.
        MissingExtra: PyAV is not installed.
    """
    if not path.is_file():
        raise ThenarError("no such file", where=path, fix="check the path")
    camera = read_camera(camera_path or path.with_name(CAMERA))
    track = DepthTrack(path, camera)
    times = track.times_s
    names = tuple(f"{index:06d}.png" for index in range(len(times)))
    return MkvRecording(path, camera, names, times, track=track)


def _depth_stream(file: Any, path: Path) -> Any:
    """The one video stream of 16-bit grey, or of several the one that is called so."""
    grey = [stream for stream in file.streams.video if stream.codec_context.pix_fmt in GREY16]
    called = [stream for stream in grey if DEPTH_TITLE in str(stream.metadata.get("title", "")).lower()]
    chosen = called or grey
    if len(chosen) == 1 and math.prod((chosen[0].width, chosen[0].height)) > 0:
        return chosen[0]
    found = ", ".join(str(stream.codec_context.pix_fmt) for stream in file.streams.video) or "no video"
    what = f"{len(chosen)} tracks of 16-bit grey" if chosen else f"no track of 16-bit grey ({found})"
    raise ThenarError(what, where=path, fix="keep one: ffmpeg -i FILE -map 0:TRACK -c copy NEW.mkv")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
