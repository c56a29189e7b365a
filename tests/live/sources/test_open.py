from pathlib import Path

import numpy as np
import pytest
from mkv_file import write_mkv

from thenar.data.frame import Frame
from thenar.data.recording import Recorder
from thenar.errors import ThenarError
from thenar.hand.camera import Camera, camera_json
from thenar.live.sources import frames, open_source
from thenar.live.sources.recording import RecordingSource
from thenar.live.sources.settings import CameraSettings
from thenar.live.sources.steady import SteadySource


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        ("oak", CameraSettings(640, 400)),
        ("realsense", CameraSettings()),
        ("orbbec", CameraSettings()),
        ("realsense:0123", CameraSettings(serial="0123")),
    ],
)
def test_a_camera_by_name(spec: str, settings: CameraSettings) -> None:
    source = open_source(spec)
    assert isinstance(source, SteadySource) and source.live
    assert source.source.settings == settings  # type: ignore[attr-defined]
    assert source.name == spec.replace(":", " ")


def test_a_camera_is_asked_for_what_was_asked() -> None:
    source = open_source("oak", width=1280, height=800, fps=60, near_mm=200, far_mm=900)
    assert source.source.settings == CameraSettings(1280, 800, 60, 200, 900)  # type: ignore[attr-defined]


def test_a_recording_by_its_folder(tmp_path: Path) -> None:
    with Recorder(tmp_path / "rec", Camera(50, 50, 4, 4, 8, 8, 1.0)) as recorder:
        recorder.write(np.full((8, 8), 500.0), 0.0)
    source = open_source(str(tmp_path / "rec"), speed=2.0, loop=True)
    assert isinstance(source, RecordingSource) and (source.speed, source.loop) == (2.0, True)


def test_a_recording_in_one_file_with_a_camera_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="PyAV is not installed")
    camera = tmp_path / "mine.json"
    camera.write_text(camera_json(Camera(50, 50, 32, 24, 64, 48, 1.0)))
    depths = [np.full((48, 64), 500 + number, np.uint16) for number in range(3)]
    path = write_mkv(tmp_path / "capture.MKV", depths, [0, 33, 66])
    source = open_source(str(path), camera=camera)
    assert [float(frame.depth_mm[0, 0]) for frame in frames(source) if isinstance(frame, Frame)] == [500, 501, 502]


def test_a_made_up_hand() -> None:
    pytest.importorskip("numba")
    assert open_source("synthetic", fps=30).fps == 30  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("spec", "options", "told"),
    [
        ("kinnect", {}, r"kinnect: no such camera, folder or file; choose oak, realsense, orbbec, synthetic, or a"),
        ("nothing.mkv", {}, "nothing.mkv: no such file"),
        ("oak", {"camera": Path("mine.json")}, "oak: knows its own camera"),
        ("oak", {"speed": 2.0}, "oak: has no speed and no end"),
        ("synthetic", {"loop": True}, "synthetic: has no speed"),
        ("synthetic", {"width": 320}, "size and range of its sensor"),
        (".", {"fps": 30}, "is as it was recorded"),
        ("realsense", {"near_mm": 900.0, "far_mm": 800.0}, "near must lie below far"),
        ("realsense", {"fps": 0}, "numbers above 0"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(spec: str, options: dict[str, float], told: str) -> None:
    with pytest.raises(ThenarError, match=told):
        open_source(spec, **options)  # type: ignore[arg-type]
