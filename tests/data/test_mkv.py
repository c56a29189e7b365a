from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from mkv_file import write_mkv

from thenar.data.frame import BadFrame
from thenar.data.recording import open_recording
from thenar.errors import MissingExtra, ThenarError
from thenar.hand.camera import Camera, camera_json

av = pytest.importorskip("av", reason="PyAV is not installed")

CAMERA = Camera(60.0, 60.0, 31.5, 23.5, 64, 48, 0.25)
TIMES_MS = [40, 73, 106, 140, 173, 206, 240, 273, 306, 340, 373, 406, 440, 473, 506]


def depths() -> list[np.ndarray]:
    """Frames of all values that 16 bits can have, among them holes."""
    rng = np.random.default_rng(3)
    return [rng.integers(0, 65536, (48, 64)).astype(np.uint16) * (rng.random((48, 64)) > 0.1) for _ in TIMES_MS]


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    (tmp_path / "camera.json").write_text(camera_json(CAMERA))
    return tmp_path / "camera.json"


@pytest.mark.parametrize("codec", ["ffv1", "rawvideo"])
def test_every_frame_comes_back_to_the_bit_with_its_time(tmp_path: Path, camera: Path, codec: str) -> None:
    stored = depths()
    recording = open_recording(write_mkv(tmp_path / "a.mkv", stored, TIMES_MS, codec))
    assert len(recording) == len(stored) and recording.camera == CAMERA
    assert recording.times_s == pytest.approx([ms / 1000 for ms in TIMES_MS])
    for frame, depth in zip(recording, stored, strict=True):
        assert not isinstance(frame, BadFrame)
        assert frame.depth_mm.dtype == np.float32 and np.array_equal(frame.depth_mm, depth * np.float32(0.25))


@pytest.mark.parametrize("codec", ["ffv1", "rawvideo"])
def test_any_frame_can_be_gone_to_in_any_order(tmp_path: Path, camera: Path, codec: str) -> None:
    stored = depths()
    recording = open_recording(write_mkv(tmp_path / "a.mkv", stored, TIMES_MS, codec))
    for index in (7, 8, 2, 14, 0, 1, 13, 13):
        frame = recording.read(index)
        assert not isinstance(frame, BadFrame) and np.array_equal(frame.depth_mm, stored[index] * np.float32(0.25))


def test_of_several_tracks_the_one_called_depth_is_read(tmp_path: Path, camera: Path) -> None:
    stored = depths()
    frame = open_recording(write_mkv(tmp_path / "a.mkv", stored, TIMES_MS, titles=("Depth", "IR"))).read(3)
    assert not isinstance(frame, BadFrame) and np.array_equal(frame.depth_mm, stored[3] * np.float32(0.25))
    with pytest.raises(ThenarError, match="2 tracks of 16-bit grey; keep one"):
        open_recording(write_mkv(tmp_path / "b.mkv", stored, TIMES_MS, titles=("one", "two")))


def test_the_camera_may_lie_elsewhere(tmp_path: Path, camera: Path) -> None:
    (tmp_path / "there").mkdir()
    path = write_mkv(tmp_path / "there/a.mkv", depths(), TIMES_MS)
    with pytest.raises(ThenarError, match=r"camera\.json: no such file"):
        open_recording(path)
    assert len(open_recording(path, camera)) == len(TIMES_MS)


def test_a_camera_of_another_size_is_told(tmp_path: Path, camera: Path) -> None:
    path = write_mkv(tmp_path / "a.mkv", [depth[:40] for depth in depths()], TIMES_MS)
    with pytest.raises(ThenarError, match="frames of 64x40 but the camera is 64x48"):
        open_recording(path)


def test_an_empty_frame_is_bad_and_the_others_are_not(tmp_path: Path, camera: Path) -> None:
    stored = depths()
    stored[4][:] = 0
    read = list(open_recording(write_mkv(tmp_path / "a.mkv", stored, TIMES_MS)))
    assert [index for index, frame in enumerate(read) if isinstance(frame, BadFrame)] == [4]
    assert "a.mkv, frame 4: has no depth reading" in read[4].reason  # type: ignore[union-attr]


@pytest.mark.parametrize("share", [0.35, 0.7, 0.95])
def test_a_file_that_is_cut_short_ends_with_its_last_whole_frame(tmp_path: Path, camera: Path, share: float) -> None:
    stored = depths()
    path = write_mkv(tmp_path / "a.mkv", stored, TIMES_MS)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    read = list(open_recording(path))
    whole = [frame for frame in read if not isinstance(frame, BadFrame)]
    assert len(stored) * share - 3 < len(whole) < len(stored) and len(read) - len(whole) <= 1
    assert all(np.array_equal(a.depth_mm, b * np.float32(0.25)) for a, b in zip(whole, stored, strict=False))


def test_damage_inside_is_told_frame_by_frame(tmp_path: Path, camera: Path) -> None:
    path = write_mkv(tmp_path / "a.mkv", depths(), TIMES_MS)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 9000] = bytes(9000)
    path.write_bytes(data)
    for frame in open_recording(path):
        assert not isinstance(frame, BadFrame) or "\n" not in frame.reason


def colour(path: Path) -> None:
    with av.open(str(path), "w", format="matroska") as file:
        stream = file.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        file.mux(stream.encode())


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (lambda path: path.write_bytes(b"rubbish" * 1000), "cannot be read"),
        (colour, r"no track of 16-bit grey \(yuv420p\)"),
        (lambda path: path.mkdir(), "camera.json: no such file"),
    ],
)
def test_what_is_no_depth_recording_is_told_in_a_line(tmp_path: Path, camera: Path, make, told: str) -> None:
    make(tmp_path / "a.mkv")
    with pytest.raises(ThenarError, match=told) as error:
        open_recording(tmp_path / "a.mkv")
    assert "\n" not in str(error.value)


def test_without_its_package_the_extra_is_named(tmp_path: Path, camera: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_mkv(tmp_path / "a.mkv", depths(), TIMES_MS)
    monkeypatch.setattr("thenar.extras.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtra, match=r"thenar\[mkv\]"):
        open_recording(path)
