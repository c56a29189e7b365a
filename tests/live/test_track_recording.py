from __future__ import annotations

import contextlib
import json
import resource

import numpy as np
import pytest
from ball import CAMERA, CENTER, FakeSession, ball
from doubles import FakeTracker
from PIL import Image

from thenar.data.frame import Hand
from thenar.data.joints_file import read_joints
from thenar.data.recording import Recorder, open_recording
from thenar.errors import ThenarError
from thenar.live.one_hand import NumberedHand, OneHandTracker
from thenar.live.track_recording import track_recording
from thenar.live.tracker import TrackerConfig

pytestmark = pytest.mark.usefixtures("unturned")

JOINTS = np.float32([[CENTER[0] + 8.5, CENTER[1] - 8.5, CENTER[2]]] * 21)
"""Where `FakeSession` sees the ball."""


@pytest.fixture
def folder(tmp_path):
    """Six frames of a ball, each labelled 10 mm to the right of it; none in the last one."""
    with Recorder(tmp_path / "rec", CAMERA) as recorder:
        for i in range(6):
            depth = ball() if i < 5 else np.where(ball() > 0, 0, np.float32(1600))
            recorder.write(depth, i / 15, (Hand(JOINTS + np.float32([10, 0, 0]), "right"),))
    return tmp_path / "rec"


def run(folder, out, **options):
    tracker = OneHandTracker(FakeSession(), CAMERA, TrackerConfig(smooth=None))
    return track_recording(open_recording(folder), tracker, out, runtime="fake", progress=False, **options)


def test_what_tracking_comes_to(folder, tmp_path):
    summary = run(folder, tmp_path / "new" / "out")
    assert (summary.frames, summary.frames_without_hand, summary.sides) == (6, 1, {"right": 5})
    assert summary.hands == 1
    assert summary.mean_joint_error_mm == pytest.approx(10, abs=1.5)
    assert 0 < summary.ms_per_frame_p50 <= summary.ms_per_frame_p95 and summary.runtime == "fake"
    document = json.loads(json.dumps(summary.to_dict(), allow_nan=False))
    assert document["frames_unreadable"] == [] and document["out"] == str(tmp_path / "new" / "out")


def test_a_line_for_every_hand(folder, tmp_path):
    run(folder, tmp_path)
    hands, notes = read_joints(tmp_path / "joints.jsonl")
    assert not notes and list(hands) == [f"{i:06d}.png" for i in range(5)]
    for (hand,) in hands.values():
        assert hand.side == "right" and hand.id == 0 and hand.confidence == pytest.approx(0.9, abs=0.01)
        assert np.linalg.norm(hand.joints_mm - JOINTS, axis=1).max() < 3


def test_bad_frames_in_the_middle_are_skipped_and_told(folder, tmp_path):
    data = (folder / "000001.png").read_bytes()
    (folder / "000001.png").write_bytes(data[: len(data) // 2])
    Image.fromarray(np.zeros((120, 160), np.uint16)).save(folder / "000002.png")
    summary = run(folder, tmp_path, animate=True)
    assert (summary.frames, summary.frames_without_hand) == (4, 1)
    assert [bad.name for bad in summary.bad_frames] == ["000001.png", "000002.png"]
    assert "000001.png: not readable as PNG" in summary.bad_frames[0].reason
    assert "000002.png: has no depth reading; " in summary.bad_frames[1].reason
    assert list(read_joints(tmp_path / "joints.jsonl")[0]) == ["000000.png", "000003.png", "000004.png"]
    told = summary.to_dict()["frames_unreadable"]
    assert told[0] == {"frame": "000001.png", "reason": summary.bad_frames[0].reason}
    with Image.open(tmp_path / "overlay.gif") as animation:
        assert animation.n_frames > 1


@pytest.mark.parametrize("animate", [True, False])
def test_pictures_only_where_wanted(folder, tmp_path, animate):
    run(folder, tmp_path / "out", animate=animate)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"joints.jsonl"} | ({"overlay.gif", "still.png"} if animate else set())


def test_truth_is_never_written_over(folder, tmp_path):
    with Recorder(tmp_path / "other", CAMERA) as recorder:
        recorder.write(ball(), 0.0, (Hand(JOINTS, "right"),))
    for out in (folder, folder / ".." / "rec", tmp_path / "other"):
        before = (out / "joints.jsonl").read_bytes()
        with pytest.raises(ThenarError, match="is a recording; choose another folder"):
            run(folder, out)
        assert (out / "joints.jsonl").read_bytes() == before


def test_an_out_that_is_a_file_is_named(folder, tmp_path):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ThenarError, match=f"{out}: cannot make the folder"):
            run(folder, out)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_recording_of_bad_frames_alone_is_one_line(folder, tmp_path):
    for png in folder.glob("*.png"):
        png.write_bytes(b"")
    with pytest.raises(ThenarError, match=r"no frame is readable, the first: .*000000\.png: not readable as PNG.*; "):
        run(folder, tmp_path / "out")


@pytest.mark.parametrize("labels", [(), (Hand(np.full((21, 3), np.nan, np.float32)),)], ids=["none", "empty"])
def test_without_a_label_there_is_no_error(tmp_path, labels):
    with Recorder(tmp_path / "rec", CAMERA) as recorder:
        recorder.write(ball(), None, labels)
    summary = run(tmp_path / "rec", tmp_path / "out")
    assert summary.frames == 1 and summary.mean_joint_error_mm is None
    json.dumps(summary.to_dict(), allow_nan=False)


@contextlib.contextmanager
def largest_file(size):
    """A disk that takes no more than `size` bytes of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_keeps_the_lines_before(folder, tmp_path):
    run(folder, tmp_path)
    lines = (tmp_path / "joints.jsonl").read_bytes().splitlines(keepends=True)
    with (
        pytest.raises(ThenarError, match=r"joints\.jsonl: cannot write: .*; free some space"),
        largest_file(len(lines[0] + lines[1]) + 30),
    ):
        run(folder, tmp_path / "out")
    assert (tmp_path / "out" / "joints.jsonl").read_bytes() == lines[0] + lines[1]


def test_a_full_disk_under_the_pictures_keeps_all_joints(folder, tmp_path):
    run(folder, tmp_path)
    joints = (tmp_path / "joints.jsonl").read_bytes()
    with pytest.raises(ThenarError, match=r"(still\.png|overlay\.gif): cannot write"), largest_file(len(joints)):
        run(folder, tmp_path / "out", animate=True)
    assert (tmp_path / "out" / "joints.jsonl").read_bytes() == joints
    assert not list((tmp_path / "out").glob(".*")), "no half-written file stays"


def test_signs_are_named_by_whom_one_likes(folder, tmp_path):
    tracker = FakeTracker(None, CAMERA)
    track_recording(open_recording(folder), tracker, tmp_path / "out", progress=False, namer=lambda *_: ("mine", 1.0))
    hands, _ = read_joints(tmp_path / "out/joints.jsonl")
    assert {hand.gesture for found in hands.values() for hand in found} == {None, "mine"}


def test_two_hands_are_written_each_with_its_number_and_its_gesture_and_again_to_the_bit(folder, tmp_path):
    class TwoHands(FakeTracker):
        def track(self, depth_mm, time_s):
            (hand,) = super().track(depth_mm, time_s)
            other = hand.joints_mm * np.float32([-1, 1, 1]) - np.float32([200, 0, 0])
            return (hand, NumberedHand(1, "left", other, other, hand.confidence))

    for name in ("one", "again"):
        summary = track_recording(open_recording(folder), TwoHands(None, CAMERA), tmp_path / name, progress=False)
    assert (summary.hands, summary.frames_without_hand, summary.sides) == (2, 0, {"right": 6, "left": 6})
    hands, _ = read_joints(tmp_path / "one/joints.jsonl")
    assert [[(hand.id, hand.side) for hand in found] for found in hands.values()] == [[(0, "right"), (1, "left")]] * 6
    assert {hand.gesture for found in hands.values() for hand in found[:1]} & {"open"}
    assert (tmp_path / "one/joints.jsonl").read_bytes() == (tmp_path / "again/joints.jsonl").read_bytes()
