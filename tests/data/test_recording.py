from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from thenar.data.frame import BadFrame, Frame, Hand
from thenar.data.recording import Recorder, name_order, open_recording
from thenar.errors import ThenarError
from thenar.hand.camera import Camera, camera_json

CAMERA = Camera(50.0, 50.0, 15.5, 11.5, 32, 24, 0.25)
RNG = np.random.default_rng(0)
JOINTS = RNG.uniform(-100, 600, (21, 3)).astype(np.float32)


def depth(i: int) -> np.ndarray:
    return np.full((24, 32), 400 + i, np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four frames at 30 per second, the second without a hand."""
    path = tmp_path / "recording"
    with Recorder(path, CAMERA) as recorder:
        for i in range(4):
            recorder.write(depth(i), i / 30, () if i == 1 else (Hand(JOINTS, "left", confidence=0.5),))
    return path


def test_a_recording_comes_back(folder: Path) -> None:
    recording = open_recording(folder)
    assert recording.camera == CAMERA and len(recording) == 4 and not recording.notes
    frames = [frame for frame in recording if isinstance(frame, Frame)]
    assert [frame.name for frame in frames] == [f"{i:06d}.png" for i in range(4)]
    assert [len(frame.hands) for frame in frames] == [1, 0, 1, 1]
    for i, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.depth_mm, depth(i))
        assert frame.time_s == pytest.approx(i / 30, abs=1e-6) and frame.camera == CAMERA
    hand = frames[2].hands[0]
    assert (hand.side, hand.confidence) == ("left", 0.5)
    np.testing.assert_allclose(hand.joints_mm, JOINTS, atol=1e-3)


def test_what_is_written_is_readable_before_the_end(tmp_path: Path) -> None:
    """A recorder that dies at any frame leaves a recording of the frames before."""
    recorder = Recorder(tmp_path, CAMERA)
    for i in range(3):
        recorder.write(depth(i), i / 30, (Hand(JOINTS, "right"),))
        recording = open_recording(tmp_path)
        assert len(recording) == len(recording.hands) == len(recording.times_s) == i + 1 and not recording.notes


def test_bad_frames_in_the_middle_are_told_and_skipped(folder: Path) -> None:
    data = (folder / "000001.png").read_bytes()
    (folder / "000001.png").write_bytes(data[: len(data) // 2])
    (folder / "000002.png").write_bytes(b"")
    kinds = [type(frame) for frame in open_recording(folder)]
    assert kinds == [Frame, BadFrame, BadFrame, Frame]
    bad = open_recording(folder).read(1)
    assert isinstance(bad, BadFrame) and bad.name == "000001.png" and str(folder / "000001.png") in bad.reason


def test_a_camera_of_another_size_makes_every_frame_bad(folder: Path) -> None:
    (folder / "camera.json").write_text(camera_json(Camera(50, 50, 8, 6, 16, 12)))
    frames = list(open_recording(folder))
    assert all(isinstance(frame, BadFrame) and "is 32x24 but the camera 16x12" in frame.reason for frame in frames)


def test_frames_are_read_when_asked_for(folder: Path) -> None:
    recording = open_recording(folder)
    (folder / "000003.png").unlink()
    assert isinstance(recording.read(0), Frame)
    assert isinstance(recording.read(3), BadFrame)


def test_names_sort_as_numbers_and_hidden_files_are_no_frames(folder: Path) -> None:
    for i, name in enumerate(["10.png", "9.png", "100.PNG"]):
        (folder / f"00000{i}.png").rename(folder / name)
    (folder / ".000007.png.x1").write_bytes(b"half written")
    (folder / ".8.png").write_bytes(b"hidden")
    assert open_recording(folder).names == ("000003.png", "9.png", "10.png", "100.PNG")
    assert name_order("a2b10") < name_order("a10b2") and name_order("1") != name_order("01x")


def test_too_few_times_leave_the_rest_unknown_with_a_note(folder: Path) -> None:
    (folder / "timestamps.txt").write_text("0.0\n0.5\n0.7")
    recording = open_recording(folder)
    assert recording.times_s == (0.0, 0.5, None, None) and len(recording.notes) == 2


def test_a_time_that_comes_late_or_not_at_all_is_unknown(tmp_path: Path) -> None:
    with Recorder(tmp_path, CAMERA) as recorder:
        for time in (None, 1.5, None):
            recorder.write(depth(0), time)
    assert open_recording(tmp_path).times_s == (None, 1.5, None)


def break_times(path: Path) -> None:
    (path / "timestamps.txt").write_text("zero\n" * 4)


def break_joints(path: Path) -> None:
    (path / "joints.jsonl").write_text('{"frame": "../x"}\n')


def remove_frames(path: Path) -> None:
    for png in path.glob("*.png"):
        png.unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (break_times, r"timestamps\.txt:1: not a time"),
        (break_joints, r"joints\.jsonl:1: .*plain file name"),
        (remove_frames, "has no frame"),
        (lambda path: (path / "camera.json").unlink(), r"camera\.json: no such file"),
        (lambda path: (path / "camera.json").write_text('{"fx": 0}'), r"camera\.json: field fy is missing"),
    ],
)
def test_a_broken_recording_is_named_when_it_is_opened(folder: Path, damage, message: str) -> None:  # type: ignore[no-untyped-def]
    damage(folder)
    with pytest.raises(ThenarError, match=message) as caught:
        open_recording(folder)
    assert str(folder) in str(caught.value)


def test_no_folder_and_a_file_are_told_apart(folder: Path) -> None:
    with pytest.raises(ThenarError, match="no such folder"):
        open_recording(folder / "none")
    with pytest.raises(ThenarError, match="is not a folder"):
        open_recording(folder / "camera.json")


def test_a_recording_is_not_written_over(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ThenarError, match="already holds a recording"):
        Recorder(folder, CAMERA)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_full_disk_ends_in_one_line_and_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(tmp_path, CAMERA)
    recorder.write(depth(0), 0.0, (Hand(JOINTS, "right"),))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ThenarError, match=r"000001\.png: cannot write: No space left on device; free some space"):
            recorder.write(depth(1), 0.1, (Hand(JOINTS, "right"),))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000000.png", "camera.json", "joints.jsonl", "timestamps.txt",
    ]  # fmt: skip
    recorder.write(depth(2), 0.2, (Hand(JOINTS, "right"),))
    recording = open_recording(tmp_path)
    assert len(recording) == 2 and recording.times_s == (0.0, 0.2) and not recording.notes


def test_real_frames_open_with_the_camera_they_came_from(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "real_depth_sr305" / "20210326-230536"
    for png in source.glob("*.png"):
        (tmp_path / png.name).symlink_to(png)
    (tmp_path / "camera.json").write_text(camera_json(Camera(476.007, 476.007, 313.683, 242.755, 640, 480, 0.125)))
    frames = list(open_recording(tmp_path))
    assert [frame.name for frame in frames] == [f"{i}.png" for i in (30, 50, 70, 90, 110, 130, 150, 170)]
    for frame in frames:
        assert isinstance(frame, Frame)
        seen = frame.depth_mm[frame.depth_mm > 0]
        assert 200 < np.percentile(seen, 1) < 1500 and seen.size / frame.depth_mm.size > 0.05


WRITER = """
import sys
import numpy as np
from pathlib import Path
from thenar.data.frame import Hand
from thenar.data.recording import Recorder
from thenar.hand.camera import Camera

recorder = Recorder(Path(sys.argv[1]), Camera(50.0, 50.0, 15.5, 11.5, 32, 24, 0.25))
for i in range(10**6):
    recorder.write(np.full((24, 32), 400.0), i / 30, (Hand(np.ones((21, 3), np.float32), "right"),))
    print(i, flush=True)
"""


def test_a_recorder_that_is_killed_leaves_every_frame_it_reported(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "rec")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        reported = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        reported += process.stdout.readlines()
    recording = open_recording(tmp_path / "rec")
    frames = list(recording)
    assert len(reported) <= len(frames) <= len(reported) + 1
    for frame in frames[: len(reported)]:
        assert isinstance(frame, Frame) and frame.time_s is not None and len(frame.hands) == 1
