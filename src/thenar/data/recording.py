"""A recording: a folder of `camera.json`, 16-bit PNG frames, and if known `timestamps.txt` and `joints.jsonl`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from thenar.atomic import write_text
from thenar.data.depth_png import read_depth, write_depth
from thenar.data.frame import BadFrame, Frame, Hand
from thenar.data.joints_file import hand_line, read_joints
from thenar.data.line_file import LineWriter, read_lines
from thenar.errors import ThenarError
from thenar.hand.camera import Camera, camera_json, read_camera

CAMERA = "camera.json"
TIMESTAMPS = "timestamps.txt"
JOINTS = "joints.jsonl"


@dataclass(frozen=True)
class Recording:
    """A recording opened for reading; frames are decoded one by one, as they are asked for.

    names: the PNG files in name order, digits compared as numbers (2.png before 10.png). times_s: one for each frame,
    None where not recorded. hands: by frame name, what `joints.jsonl` holds. notes: what was left out while opening.
    """

    path: Path
    camera: Camera
    names: tuple[str, ...]
    times_s: tuple[float | None, ...]
    hands: dict[str, tuple[Hand, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Frame | BadFrame]:
        return (self.read(index) for index in range(len(self)))

    def read(self, index: int) -> Frame | BadFrame:
        """The frame at a place in name order; a `BadFrame` where it can't be read or has no reading at all."""
        name = self.names[index]
        try:
            depth = read_depth(self.path / name, self.camera)
        except ThenarError as error:
            return BadFrame(name, str(error))
        if not depth.any():
            return BadFrame(name, f"{self.path / name}: has no depth reading; leave it out or record it again")
        return Frame(name, depth, self.camera, self.times_s[index], self.hands.get(name, ()))


def open_recording(path: Path, camera_path: Path | None = None) -> Recording:
    """Open a folder, or a Matroska file with a depth track (`thenar.data.mkv`), as a recording; decodes no frame yet.

    camera_path: of its `camera.json`, without which the one in the folder, or beside the file, is taken.

    Raises:
        MissingExtra: it is a Matroska file, and PyAV is not installed.
        ThenarError: no such folder, no frame in it, `camera.json` missing or wrong, a line in `joints.jsonl` or
            `timestamps.txt` that isn't one.
    """
    if path.suffix.lower() == ".mkv" and not path.is_dir():
        from thenar.data.mkv import open_mkv

        return open_mkv(path, camera_path)
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "no such folder"
        raise ThenarError(what, where=path, fix=f"give a folder with {CAMERA} and 16-bit PNG frames")
    camera = read_camera(camera_path or path / CAMERA)
    found = (
        entry.name for entry in path.iterdir() if entry.suffix.lower() == ".png" and not entry.name.startswith(".")
    )
    names = tuple(sorted(found, key=name_order))
    if not names:
        raise ThenarError("has no frame", where=path, fix="put 16-bit PNG depth frames beside camera.json")
    hands, notes = read_joints(path / JOINTS) if (path / JOINTS).exists() else ({}, [])
    times, late = _read_times(path / TIMESTAMPS, len(names))
    return Recording(path, camera, names, times, hands, (*notes, *late))


def name_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """A sorting key under which 2.png comes before 10.png."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((0, int(part[:18])) if i % 2 else (1, part) for i, part in enumerate(parts))


class Recorder:
    """Writes a recording frame by frame; what was written before a crash or a full disk stays readable.

    Raises:
        ThenarError: the folder already holds a recording, or can't be written.
    """

    def __init__(self, path: Path, camera: Camera) -> None:
        self.path = path
        self.camera = camera
        self.count = 0
        try:
            path.mkdir(parents=True, exist_ok=True)
            taken = any(path.glob("*.png")) or (path / CAMERA).exists()
        except OSError as error:
            raise ThenarError(
                f"cannot write: {error.strerror or error}", where=path, fix="choose another folder"
            ) from None
        if taken:
            raise ThenarError("already holds a recording", where=path, fix="choose an empty folder")
        write_text(path / CAMERA, camera_json(camera))
        self._joints: LineWriter | None = None
        self._times: LineWriter | None = None

    def write(self, depth_mm: NDArray[np.floating], time_s: float | None = None, hands: tuple[Hand, ...] = ()) -> str:
        """Write the next frame, (H, W) mm, and the hands in it; gives back the frame's file name.

        Raises:
            ThenarError: the frame isn't of the camera's size, or the disk is full.
        """
        name = f"{self.count:06d}.png"
        write_depth(self.path / name, depth_mm, self.camera)
        if time_s is not None and self._times is None:
            self._times = LineWriter(self.path / TIMESTAMPS)
            for _ in range(self.count):
                self._times.write("nan")
        if self._times is not None:
            self._times.write(
                repr(math.nan if time_s is None else float(time_s))
            )  # read again, it is the same to the bit
        for hand in hands:
            self._joints = self._joints or LineWriter(self.path / JOINTS)
            self._joints.write(hand_line(name, hand))
        self.count += 1
        return name

    def close(self) -> None:
        """Close the files; the recording is complete."""
        for lines in (self._times, self._joints):
            if lines is not None:
                lines.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _read_times(path: Path, count: int) -> tuple[tuple[float | None, ...], list[str]]:
    """A time for each of `count` frames from `timestamps.txt`, None where the file has none; and notes."""
    if not path.exists():
        return (None,) * count, []
    times: list[float | None] = []
    notes: list[str] = []
    for number, line, whole in read_lines(path):
        if not whole and number < count:
            notes.append(f"{path}:{number}: the last line is cut short and was left out")
            break
        try:
            seconds = float(line)
        except ValueError:
            raise ThenarError(
                "not a time in seconds", where=f"{path}:{number}", fix="write one number a line, one line a frame"
            ) from None
        times.append(seconds if math.isfinite(seconds) else None)
    if len(times) != count:
        notes.append(f"{path}: {len(times)} times for {count} frames")
    return (*times[:count], *(None,) * (count - len(times))), notes
