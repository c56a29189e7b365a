"""Orbbec depth cameras (Gemini, Femto, Astra), by `pyorbbecsdk2`."""

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


class OrbbecSource:
    """Depth of an Orbbec camera. sdk: the package, or what stands in for it in tests."""

    live = True

    def __init__(self, settings: CameraSettings = DEFAULTS, *, sdk: Any = None) -> None:
        self.name = f"orbbec {settings.serial}".strip()
        self.settings = settings
        self._sdk = sdk
        self._context: Any = None
        self._pipeline: Any = None
        self._serial = ""
        self._count = 0

    def start(self) -> None:
        """Find the camera and begin. Raises as `Source.start`; ThenarError: it has no such depth stream."""
        self.stop()
        self._sdk = ob = self._sdk or vendor_sdk("pyorbbecsdk", "orbbec")
        ob.Context.set_logger_level(ob.OBLogLevel.NONE)  # else a folder `Log` wherever the program runs
        failures = ob.OBError, RuntimeError
        try:
            self._context = self._context or ob.Context()
            devices = self._context.query_devices()
            self._serial = choose(_serials(devices), self.settings.serial, self.name)
            pipeline = ob.Pipeline(devices.get_device_by_serial_number(self._serial))
            offered = pipeline.get_stream_profile_list(ob.OBSensorType.DEPTH_SENSOR)
        except failures as error:
            raise SourceLost(f"cannot start ({error})", where=self.name, fix="plug it in again") from None
        wanted = self.settings
        try:
            profile = offered.get_video_stream_profile(wanted.width, wanted.height, ob.OBFormat.Y16, wanted.fps)
        except failures:
            fix = f"the camera's own is {_named(offered.get_default_video_stream_profile())}"
            raise ThenarError(f"cannot give {wanted}", where=self.name, fix=fix) from None
        try:
            config = ob.Config()
            config.enable_stream(profile)
            pipeline.start(config)
        except failures as error:
            raise SourceLost(f"cannot start ({error})", where=self.name, fix="plug it in again") from None
        self._pipeline = pipeline

    def read(self, timeout_s: float) -> Frame:
        """The next frame. Raises as `Source.read`."""
        if self._pipeline is None:
            raise SourceLost("is not started", where=self.name, fix="start it first")
        try:
            frames = self._pipeline.wait_for_frames(max(round(timeout_s * 1e3), 1))
            depth = frames.get_depth_frame() if frames is not None else None
            if depth is not None:
                return self._frame(depth)
            there = self._serial in _serials(self._context.query_devices())
        except (self._sdk.OBError, RuntimeError) as error:
            raise SourceLost(f"lost ({error})", where=self.name, fix="plug it in again") from None
        if not there:
            raise SourceLost("lost", where=self.name, fix="plug it in again")
        raise SourceStalled(f"no frame in {timeout_s:g} s", where=self.name, fix="look at its cable")

    def stop(self) -> None:
        """Let go of the camera."""
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is not None:
            with contextlib.suppress(self._sdk.OBError, RuntimeError):
                pipeline.stop()

    def _frame(self, depth: Any) -> Frame:
        seen = depth.get_stream_profile().as_video_stream_profile().get_intrinsic()
        width, height = depth.get_width(), depth.get_height()
        unit = unit_mm(depth.get_depth_scale() / 1e3)
        camera = Camera(seen.fx, seen.fy, seen.cx, seen.cy, width, height, unit)
        stored = np.frombuffer(depth.get_data(), np.uint16, width * height).reshape(height, width)
        name = f"{self._count:06d}.png"
        self._count += 1
        return Frame(name, to_mm(stored, camera, self.settings), camera, depth.get_timestamp_us() / 1e6)


def _serials(devices: Any) -> list[str]:
    return [devices.get_device_serial_number_by_index(index) for index in range(devices.get_count())]


def _named(profile: Any) -> str:
    return f"{profile.get_width()}x{profile.get_height()} at {profile.get_fps()}"
