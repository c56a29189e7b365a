"""A source by the name that a person types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from thenar.errors import ThenarError
from thenar.live.sources import oak, orbbec, realsense
from thenar.live.sources.settings import CameraSettings
from thenar.live.sources.source import Source
from thenar.live.sources.steady import SteadySource

CAMERAS: Final[dict[str, tuple[Callable[[CameraSettings], Source], CameraSettings]]] = {
    "oak": (oak.OakSource, oak.DEFAULTS),
    "realsense": (realsense.RealSenseSource, realsense.DEFAULTS),
    "orbbec": (orbbec.OrbbecSource, orbbec.DEFAULTS),
}

CHOICES: Final = "oak, realsense, orbbec, synthetic, or a recording's folder or .mkv"


def open_source(
    spec: str,
    *,
    speed: float | None = None,
    loop: bool = False,
    camera: Path | None = None,
    width: int | None = None,
    height: int | None = None,
    fps: int | None = None,
    near_mm: float | None = None,
    far_mm: float | None = None,
) -> Source:
    """A source, not yet started: a camera that is found again when it is lost, hands that are made up, or a recording.

    spec: `oak`, `realsense` or `orbbec`, with `:SERIAL` for one of several; `synthetic`, with `:SENSOR` for another
    than the SR305; else a path. A folder that has the name of a camera is told apart by a slash: `./oak`.
    speed, loop: of a recording, as `RecordingSource`. camera: of its camera.json, where it isn't with it. The rest is
    asked of a camera (fps of `synthetic` as well); None is what suits it.

    Raises:
        ThenarError: there is no such source, or it can't do what is asked.
        MissingExtra: (`synthetic`) Numba is not installed.
    """
    kind, _, which = spec.partition(":")
    sizes = {"width": width, "height": height, "near_mm": near_mm, "far_mm": far_mm}
    asked: dict[str, Any] = {name: value for name, value in sizes.items() if value is not None}
    if kind in CAMERAS or kind == "synthetic":
        if camera is not None:
            raise ThenarError("knows its own camera", where=spec, fix="give camera.json with a recording")
        if speed is not None or loop:
            raise ThenarError("has no speed and no end", where=spec, fix="these are for recordings")
    elif fps is not None or asked:
        raise ThenarError("is as it was recorded", where=spec, fix="ask for sizes, ranges and rates of a camera")
    if kind in CAMERAS:
        driver, defaults = CAMERAS[kind]
        rate = {} if fps is None else {"fps": fps}
        return SteadySource(driver(replace(defaults, serial=which, **asked, **rate)))
    if kind == "synthetic":
        if asked:
            raise ThenarError("has the size and range of its sensor", where=spec, fix="choose one: synthetic:SENSOR")
        from thenar.live.sources.synthetic import SyntheticSource

        return SyntheticSource(which or "sr305", fps=60.0 if fps is None else float(fps))
    return _recorded(spec, speed, loop, camera)


def _recorded(spec: str, speed: float | None, loop: bool, camera: Path | None) -> Source:
    from thenar.data.recording import open_recording
    from thenar.live.sources.recording import RecordingSource

    path = Path(spec)
    if path.exists() or path.suffix.lower() == ".mkv":
        return RecordingSource(open_recording(path, camera), speed, loop=loop)
    raise ThenarError("no such camera, folder or file", where=spec, fix=f"choose {CHOICES}")
