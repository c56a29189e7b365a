"""Stands in for `pyrealsense2`: its names, its errors (all RuntimeError), a camera on a bench."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bench import CENTER_PX, FOCAL_PX, Bench


def sdk(bench: Bench) -> Any:
    class intrinsics:
        fx = fy = FOCAL_PX
        ppx, ppy = CENTER_PX

        @property
        def width(self) -> int:
            return bench.width

        @property
        def height(self) -> int:
            return bench.height

    class video_stream_profile:
        def as_video_stream_profile(self) -> video_stream_profile:
            return self

        def get_intrinsics(self) -> intrinsics:
            return intrinsics()

    class depth_frame:
        profile = video_stream_profile()

        def __init__(self, stored: Any) -> None:
            self._stored, self._at = stored, bench.device_s

        def __bool__(self) -> bool:
            return self._stored is not None

        def get_data(self) -> Any:
            return memoryview(self._stored)

        def get_units(self) -> float:
            import numpy as np

            return float(np.float32(bench.unit_mm / 1e3))

        def get_timestamp(self) -> float:
            return self._at * 1e3

    class composite_frame:
        def __init__(self, stored: Any) -> None:
            self._stored = stored

        def get_depth_frame(self) -> depth_frame:
            return depth_frame(self._stored)

    class depth_sensor:
        def set_option(self, option: str, value: float) -> None:
            if value > 9:
                raise RuntimeError("set_option(...) value is out of range")
            bench.calls.append(f"{option} {value:g}")

    class device:
        def get_info(self, info: str) -> str:
            return bench.serial

        def first_depth_sensor(self) -> depth_sensor:
            return depth_sensor()

    class pipeline_profile:
        def get_device(self) -> device:
            return device()

    class context:
        def query_devices(self) -> list[device]:
            return [device()] if bench.plugged else []

    class config:
        def enable_device(self, serial: str) -> None:
            bench.calls.append(f"device {serial}")

        def enable_stream(self, stream: str, width: int, height: int, format: str, framerate: int) -> None:
            bench.calls.append(f"{stream} {width}x{height} {format} {framerate}")
            self._width = width

        def can_resolve(self, pipeline: Any) -> bool:
            return bool(self._width <= 1280)

    class pipeline:
        def __init__(self, context: Any) -> None:
            self._on = False

        def start(self, config: Any) -> pipeline_profile:
            if bench.breaks or not bench.plugged:
                raise RuntimeError("No device connected")
            self._on = True
            bench.started += 1
            return pipeline_profile()

        def stop(self) -> None:
            bench.stopped += 1
            if not self._on:
                raise RuntimeError("stop() cannot be called before start()")
            self._on = False

        def try_wait_for_frames(self, timeout_ms: int) -> tuple[bool, composite_frame]:
            if not self._on:
                raise RuntimeError("try_wait_for_frames cannot be called before start()")
            if bench.breaks:
                raise RuntimeError("xioctl(VIDIOC_DQBUF) failed, errno=19 Last Error: No such device")
            stored = bench.next_frame(timeout_ms / 1e3)
            return stored is not None, composite_frame(stored)

    return SimpleNamespace(
        camera_info=SimpleNamespace(serial_number="serial_number"),
        composite_frame=composite_frame,
        config=config,
        context=context,
        depth_frame=depth_frame,
        depth_sensor=depth_sensor,
        device=device,
        format=SimpleNamespace(z16="z16"),
        intrinsics=intrinsics,
        option=SimpleNamespace(visual_preset="visual_preset"),
        pipeline=pipeline,
        pipeline_profile=pipeline_profile,
        pipeline_wrapper=lambda pipeline: pipeline,
        stream=SimpleNamespace(depth="depth"),
        video_stream_profile=video_stream_profile,
    )
