"""Luxonis OAK-D cameras: stereo depth computed, filtered and cut to range on the device, by `depthai` 3."""

from __future__ import annotations

import contextlib
import os
from datetime import timedelta
from typing import Any, Final

import numpy as np

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.sources.settings import CameraSettings, to_mm, vendor_sdk
from thenar.live.sources.source import SourceLost, SourceStalled

DEFAULTS: Final = CameraSettings(width=640, height=400)
"""The whole view of the mono cameras at half their size."""

MEDIANS: Final = {0: "MEDIAN_OFF", 3: "KERNEL_3x3", 5: "KERNEL_5x5", 7: "KERNEL_7x7"}


class OakSource:
    """Depth of the rectified right camera of an OAK-D.

    median: pixels of the median filter on the device, 0 for none. close: search twice the disparities and see twice as
    near, in whole disparities; else an eighth of one is told apart, which is what fingers need. sdk: the package, or
    what stands in for it in tests.

    Raises:
        ThenarError: no such median.
    """

    live = True

    def __init__(
        self, settings: CameraSettings = DEFAULTS, *, median: int = 5, close: bool = False, sdk: Any = None
    ) -> None:
        if median not in MEDIANS:
            raise ThenarError(f"a median of {median} pixels", where="oak", fix=f"choose one of {sorted(MEDIANS)}")
        self.name = f"oak {settings.serial}".strip()
        self.settings, self.median, self.close = settings, median, close
        self._sdk = sdk
        self._device: Any = None
        self._pipeline: Any = None
        self._queue: Any = None
        self._count = 0

    def start(self) -> None:
        """Connect, boot the device with the pipeline, and begin, which takes seconds. Raises as `Source.start`."""
        self.stop()
        os.environ.setdefault("DEPTHAI_LEVEL", "off")  # its log goes to stdout; what matters is raised as an error
        self._sdk = dai = self._sdk or vendor_sdk("depthai", "oak")
        serial = self.settings.serial
        try:
            self._device = dai.Device(dai.DeviceInfo(serial)) if serial else dai.Device()
        except RuntimeError as error:
            raise SourceLost(f"no camera ({error})", where=self.name, fix="plug it in; see docs/cameras.md") from None
        try:
            self._build(dai)
            self._pipeline.start()
        except RuntimeError as error:
            gone = self._gone()
            self.stop()
            if gone:
                raise SourceLost(f"lost while starting ({error})", where=self.name, fix="plug it in again") from None
            raise ThenarError(
                f"cannot give {self.settings} ({error})", where=self.name, fix="ask for another"
            ) from None

    def read(self, timeout_s: float) -> Frame:
        """The next frame. Raises as `Source.read`."""
        if self._queue is None:
            raise SourceLost("is not started", where=self.name, fix="start it first")
        try:
            image = self._queue.get(timedelta(seconds=timeout_s))
        except (RuntimeError, self._sdk.MessageQueue.QueueException) as error:
            raise SourceLost(f"lost ({error})", where=self.name, fix="plug it in again") from None
        if image is None:
            if self._gone():
                raise SourceLost("lost", where=self.name, fix="plug it in again")
            raise SourceStalled(f"no frame in {timeout_s:g} s", where=self.name, fix="look at its cable")
        stored = np.asarray(image.getFrame())
        camera = _camera(image, stored.shape)
        name = f"{self._count:06d}.png"
        self._count += 1
        time_s = image.getTimestampDevice().total_seconds()
        return Frame(name, to_mm(stored, camera, self.settings), camera, time_s)

    def stop(self) -> None:
        """Let go of the device; it restarts, and is away for some seconds."""
        pipeline, device = self._pipeline, self._device
        self._pipeline = self._device = self._queue = None
        with contextlib.suppress(RuntimeError):
            if pipeline is not None:
                pipeline.stop()
        with contextlib.suppress(RuntimeError):
            if device is not None:
                device.close()

    def _build(self, dai: Any) -> None:
        """Two mono cameras into stereo depth into a queue that keeps the newest frames."""
        size, fps = (self.settings.width, self.settings.height), float(self.settings.fps)
        self._device.setMaxReconnectionAttempts(0)  # a loss is told at once; who reads decides what to do
        self._pipeline = pipeline = dai.Pipeline(self._device)
        sockets = dai.CameraBoardSocket.CAM_B, dai.CameraBoardSocket.CAM_C
        left, right = (
            pipeline.create(dai.node.Camera).build(socket, sensorFps=fps).requestOutput(size) for socket in sockets
        )
        stereo = pipeline.create(dai.node.StereoDepth).build(left, right, dai.node.StereoDepth.PresetMode.DEFAULT)
        stereo.setRectification(True)
        stereo.setLeftRightCheck(True)
        stereo.setSubpixel(not self.close)
        stereo.setExtendedDisparity(self.close)
        config = stereo.initialConfig
        config.setDepthUnit(dai.DepthUnit.MILLIMETER)
        config.setMedianFilter(getattr(dai.StereoDepthConfig.MedianFilter, MEDIANS[self.median]))
        config.postProcessing.thresholdFilter.minRange = round(self.settings.near_mm)
        config.postProcessing.thresholdFilter.maxRange = round(self.settings.far_mm)
        self._queue = stereo.depth.createOutputQueue(maxSize=2, blocking=False)

    def _gone(self) -> bool:
        try:
            return bool(self._device.isClosed()) or (self._queue is not None and bool(self._queue.isClosed()))
        except RuntimeError:
            return True


def _camera(image: Any, shape: tuple[int, ...]) -> Camera:
    """The pinhole of a rectified frame, as the device says with each of them: a crop or another size is in it."""
    matrix = image.getTransformation().getIntrinsicMatrix()
    return Camera(matrix[0][0], matrix[1][1], matrix[0][2], matrix[1][2], shape[1], shape[0], 1.0)
