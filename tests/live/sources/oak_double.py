"""Stands in for `depthai`: its names, its errors, a camera on a bench."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from bench import CENTER_PX, FOCAL_PX, Bench


class QueueException(Exception):
    """depthai.MessageQueue.QueueException."""


def sdk(bench: Bench) -> Any:
    class DeviceInfo:
        def __init__(self, deviceIdOrName: str) -> None:
            self.serial = deviceIdOrName

    class Device:
        def __init__(self, info: DeviceInfo | None = None) -> None:
            if not bench.plugged:
                raise RuntimeError("No available devices")
            if info and info.serial != bench.serial:
                raise RuntimeError("Cannot find any device with given deviceInfo")

        def isClosed(self) -> bool:
            return not bench.plugged

        def close(self) -> None:
            bench.stopped += 1
            if not bench.plugged:
                raise RuntimeError("Device already closed or disconnected")

        def setMaxReconnectionAttempts(self, attempts: int) -> None:
            bench.calls.append(f"reconnect {attempts}")

    class ImgTransformation:
        def getIntrinsicMatrix(self) -> list[list[float]]:
            return [[FOCAL_PX, 0.0, CENTER_PX[0]], [0.0, FOCAL_PX, CENTER_PX[1]], [0.0, 0.0, 1.0]]

    class ImgFrame:
        def __init__(self, stored: Any) -> None:
            self.stored, self.at = stored, bench.device_s

        def getFrame(self) -> Any:
            return self.stored

        def getTransformation(self) -> ImgTransformation:
            return ImgTransformation()

        def getTimestampDevice(self) -> timedelta:
            return timedelta(seconds=self.at)

    class MessageQueue:
        def get(self, timeout: timedelta) -> ImgFrame | None:
            if bench.breaks or not bench.plugged:
                raise QueueException("MessageQueue was closed while waiting")
            stored = bench.next_frame(timeout.total_seconds())
            return None if stored is None else ImgFrame(stored)

        def isClosed(self) -> bool:
            return not bench.plugged

    MessageQueue.QueueException = QueueException  # type: ignore[attr-defined]

    class Output:
        def createOutputQueue(self, maxSize: int = 16, blocking: bool = False) -> MessageQueue:
            bench.calls.append(f"queue {maxSize} {blocking}")
            return MessageQueue()

    class StereoDepthConfig:
        MedianFilter = SimpleNamespace(MEDIAN_OFF=0, KERNEL_3x3=3, KERNEL_5x5=5, KERNEL_7x7=7)

        def __init__(self) -> None:
            self.postProcessing = SimpleNamespace(thresholdFilter=SimpleNamespace(minRange=0, maxRange=65535))
            bench.config = self  # type: ignore[attr-defined]

        def setDepthUnit(self, unit: str) -> None:
            bench.calls.append(f"unit {unit}")

        def setMedianFilter(self, median: int) -> None:
            bench.calls.append(f"median {median}")

    class Camera:
        def build(self, boardSocket: str, sensorFps: float) -> Camera:
            bench.calls.append(f"camera {boardSocket} {sensorFps:g}")
            return self

        def requestOutput(self, size: tuple[int, int]) -> Output:
            if size[0] > 1280:
                raise RuntimeError("No suitable sensor configuration")
            return Output()

    class StereoDepth:
        PresetMode = SimpleNamespace(DEFAULT=2)

        def __init__(self) -> None:
            self.depth, self.initialConfig = Output(), StereoDepthConfig()

        def build(self, left: Output, right: Output, presetMode: int) -> StereoDepth:
            return self

        def setRectification(self, on: bool) -> None:
            bench.calls.append(f"rectified {on}")

        def setLeftRightCheck(self, on: bool) -> None:
            bench.calls.append(f"left-right {on}")

        def setSubpixel(self, on: bool) -> None:
            bench.calls.append(f"subpixel {on}")

        def setExtendedDisparity(self, on: bool) -> None:
            bench.calls.append(f"extended {on}")

    class Pipeline:
        def __init__(self, defaultDevice: Device) -> None:
            pass

        def create(self, node: Any) -> Any:
            return node()

        def start(self) -> None:
            if bench.breaks:
                raise RuntimeError("Communication exception - possible device error/misconfiguration")
            bench.started += 1

        def stop(self) -> None:
            if not bench.plugged:
                raise RuntimeError("Couldn't write data to stream: '__watchdog' (X_LINK_ERROR)")

    return SimpleNamespace(
        CameraBoardSocket=SimpleNamespace(CAM_B="CAM_B", CAM_C="CAM_C"),
        DepthUnit=SimpleNamespace(MILLIMETER="MILLIMETER"),
        Device=Device,
        DeviceInfo=DeviceInfo,
        ImgFrame=ImgFrame,
        ImgTransformation=ImgTransformation,
        MessageQueue=MessageQueue,
        Pipeline=Pipeline,
        StereoDepthConfig=StereoDepthConfig,
        node=SimpleNamespace(Camera=Camera, StereoDepth=StereoDepth),
    )
