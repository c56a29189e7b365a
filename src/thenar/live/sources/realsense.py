"""Intel RealSense depth cameras, by `pyrealsense2`."""

from __future__ import annotations

import contextlib
from typing import Any, Final

import numpy as np

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.sources.settings import CameraSettings, choose, to_mm, unit_mm, vendor_sdk
from thenar.live.sources.source import SourceLost, SourceStalled

DEFAULTS: Final = CameraSettings()


class RealSenseSource:
    """Depth of a RealSense camera.

    preset: number of one of the device's visual presets (D400: 3 is high accuracy, 4 high density), None for its own.
    sdk: the package, or what stands in for it in tests.
    """

    live = True

    def __init__(self, settings: CameraSettings = DEFAULTS, *, preset: int | None = None, sdk: Any = None) -> None:
        self.name = f"realsense {settings.serial}".strip()
        self.settings, self.preset = settings, preset
        self._sdk = sdk
        self._context: Any = None
        self._pipeline: Any = None
        self._serial = ""
        self._count = 0

    def start(self) -> None:
        """Find the camera and begin. Raises as `Source.start`; ThenarError: it has no such depth stream."""
        self.stop()
        self._sdk = rs = self._sdk or vendor_sdk("pyrealsense2", "realsense")
        try:
            self._context = self._context or rs.context()
            self._serial = choose(self._serials(), self.settings.serial, self.name)
            pipeline = rs.pipeline(self._context)
            config = rs.config()
            config.enable_device(self._serial)
            wanted = self.settings
            config.enable_stream(rs.stream.depth, wanted.width, wanted.height, rs.format.z16, wanted.fps)
            possible = config.can_resolve(rs.pipeline_wrapper(pipeline))
            profile = pipeline.start(config) if possible else None
        except RuntimeError as error:
            raise SourceLost(f"cannot start ({error})", where=self.name, fix="plug it in again") from None
        if profile is None:
            fix = "ask for another size or rate; USB 2 offers fewer"
            raise ThenarError(f"cannot give {self.settings}", where=self.name, fix=fix)
        self._pipeline = pipeline
        if self.preset is not None:
            self._set_preset(profile)

    def read(self, timeout_s: float) -> Frame:
        """The next frame. Raises as `Source.read`."""
        if self._pipeline is None:
            raise SourceLost("is not started", where=self.name, fix="start it first")
        try:
            came, frames = self._pipeline.try_wait_for_frames(max(round(timeout_s * 1e3), 1))
            depth = frames.get_depth_frame() if came else None
            if depth:
                return self._frame(depth)
            there = self._serial in self._serials()
        except RuntimeError as error:
            raise SourceLost(f"lost ({error})", where=self.name, fix="plug it in again") from None
        if not there:
            raise SourceLost("lost", where=self.name, fix="plug it in again")
        raise SourceStalled(f"no frame in {timeout_s:g} s", where=self.name, fix="look at its cable")

    def stop(self) -> None:
        """Let go of the camera."""
        pipeline, self._pipeline = self._pipeline, None
        with contextlib.suppress(RuntimeError):
            if pipeline is not None:
                pipeline.stop()

    def _serials(self) -> list[str]:
        serial = self._sdk.camera_info.serial_number
        return [device.get_info(serial) for device in self._context.query_devices()]

    def _set_preset(self, profile: Any) -> None:
        sensor, option = profile.get_device().first_depth_sensor(), self._sdk.option.visual_preset
        try:
            sensor.set_option(option, float(self.preset or 0))
        except RuntimeError as error:
            self.stop()
            raise ThenarError(f"has no preset {self.preset} ({error})", where=self.name, fix="choose another") from None

    def _frame(self, depth: Any) -> Frame:
        seen = depth.profile.as_video_stream_profile().get_intrinsics()
        unit = unit_mm(depth.get_units())
        camera = Camera(seen.fx, seen.fy, seen.ppx, seen.ppy, seen.width, seen.height, unit)
        name = f"{self._count:06d}.png"
        self._count += 1
        depth_mm = to_mm(np.asanyarray(depth.get_data()), camera, self.settings)
        return Frame(name, depth_mm, camera, depth.get_timestamp() / 1e3)
