"""Stands in for `pyorbbecsdk`: its names, its errors, a camera on a bench."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from bench import CENTER_PX, FOCAL_PX, Bench


class OBError(Exception):
    """pyorbbecsdk.OBError."""


def sdk(bench: Bench) -> Any:
    class OBCameraIntrinsic:
        fx = fy = FOCAL_PX
        cx, cy = CENTER_PX

    class VideoStreamProfile:
        def as_video_stream_profile(self) -> VideoStreamProfile:
            return self

        def get_intrinsic(self) -> OBCameraIntrinsic:
            return OBCameraIntrinsic()

        def get_width(self) -> int:
            return 640

        def get_height(self) -> int:
            return 400

        def get_fps(self) -> int:
            return 30

    class StreamProfileList:
        def get_video_stream_profile(self, width: int, height: int, format: str, fps: int) -> VideoStreamProfile:
            if width > 1280:
                raise OBError("No matched video stream profile found!")
            bench.calls.append(f"depth {width}x{height} {format} {fps}")
            return VideoStreamProfile()

        def get_default_video_stream_profile(self) -> VideoStreamProfile:
            return VideoStreamProfile()

    class DepthFrame:
        def __init__(self, stored: Any) -> None:
            self._stored, self._at = stored, bench.device_s

        def get_stream_profile(self) -> VideoStreamProfile:
            return VideoStreamProfile()

        def get_width(self) -> int:
            return int(self._stored.shape[1])

        def get_height(self) -> int:
            return int(self._stored.shape[0])

        def get_depth_scale(self) -> float:
            return float(np.float32(bench.unit_mm))

        def get_data(self) -> Any:
            return self._stored.view(np.uint8).ravel()

        def get_timestamp_us(self) -> int:
            return round(self._at * 1e6)

    class FrameSet:
        def __init__(self, stored: Any) -> None:
            self._stored = stored

        def get_depth_frame(self) -> DepthFrame:
            return DepthFrame(self._stored)

    class Device:
        pass

    class DeviceList:
        def get_count(self) -> int:
            return int(bench.plugged)

        def get_device_serial_number_by_index(self, index: int) -> str:
            if index >= self.get_count():
                raise OBError('Invalid index value for argument "index"')
            return bench.serial

        def get_device_by_serial_number(self, serial_number: str) -> Device:
            if not bench.plugged or serial_number != bench.serial:
                raise OBError(f"Device not found by serial number: {serial_number}")
            return Device()

    class Context:
        @staticmethod
        def set_logger_level(level: str) -> None:
            bench.calls.append(f"log {level}")

        def query_devices(self) -> DeviceList:
            return DeviceList()

    class Config:
        def enable_stream(self, profile: VideoStreamProfile) -> None:
            pass

    class Pipeline:
        def __init__(self, device: Device) -> None:
            pass

        def get_stream_profile_list(self, sensor: str) -> StreamProfileList:
            return StreamProfileList()

        def start(self, config: Config) -> None:
            if bench.breaks:
                raise OBError("usb open failed")
            bench.started += 1

        def stop(self) -> None:
            bench.stopped += 1
            if not bench.plugged:
                raise OBError("Failed to stream off!/dev/video6, No such device")

        def wait_for_frames(self, timeout_ms: int) -> FrameSet | None:
            if bench.breaks:
                raise OBError("Device is deactivated/disconnected!")
            stored = bench.next_frame(timeout_ms / 1e3)
            return None if stored is None else FrameSet(stored)

    return SimpleNamespace(
        Config=Config,
        Context=Context,
        DepthFrame=DepthFrame,
        Device=Device,
        DeviceList=DeviceList,
        FrameSet=FrameSet,
        OBCameraIntrinsic=OBCameraIntrinsic,
        OBError=OBError,
        OBFormat=SimpleNamespace(Y16="Y16"),
        OBLogLevel=SimpleNamespace(NONE="NONE"),
        OBSensorType=SimpleNamespace(DEPTH_SENSOR="DEPTH_SENSOR"),
        Pipeline=Pipeline,
        StreamProfileList=StreamProfileList,
        VideoStreamProfile=VideoStreamProfile,
    )
