from __future__ import annotations

import numpy as np
import pytest

from thenar.data import synthetic
from thenar.data.frame import Frame
from thenar.data.recording import open_recording
from thenar.errors import ThenarError
from thenar.hand.skeleton import BONES

FRAMES = 6


@pytest.fixture(scope="module", params=["right", "left"])
def recorded(request, tmp_path_factory):
    out = tmp_path_factory.mktemp("synthetic") / "rec"
    count = synthetic.write_recording(out, FRAMES, "sr305", 4, request.param, 15.0, progress=False)
    assert count == FRAMES
    return request.param, open_recording(out)


def test_a_recording_holds_what_was_made(recorded):
    side, recording = recorded
    made = list(synthetic.frames_of(synthetic.find_sensor("sr305"), FRAMES, 4, side, 15.0))
    assert len(recording) == FRAMES and not recording.notes and recording.camera == made[0].camera
    for read, frame in zip(recording, made, strict=True):
        assert isinstance(read, Frame) and read.name == frame.name
        assert read.time_s == pytest.approx(frame.time_s, abs=1e-6)
        assert np.abs(read.depth_mm - frame.depth_mm).max() <= 0.5 * recording.camera.depth_unit_mm + 1e-4
        (hand,), (truth,) = read.hands, frame.hands
        np.testing.assert_allclose(hand.joints_mm, truth.joints_mm, atol=1e-3)
        assert (hand.side, hand.sensor, hand.visible) == (side, "sr305", truth.visible)
        assert hand.gesture == truth.gesture and hand.distance_mm == pytest.approx(truth.joints_mm[:, 2].mean())


def test_the_truth_lies_in_the_hand(recorded):
    _, recording = recorded
    for frame in recording:
        hand = frame.hands[0]
        u, v, z = recording.camera.project(hand.joints_mm).T
        surface = frame.depth_mm[np.rint(v).astype(int), np.rint(u).astype(int)]
        read = np.array(hand.visible) & (surface > 0)
        assert read.sum() >= 6 and -3 < np.median((z - surface)[read]) < 25


def test_a_hand_keeps_its_bones_and_moves_smoothly(recorded):
    _, recording = recorded
    joints = np.stack([frame.hands[0].joints_mm for frame in recording])
    lengths = np.stack([np.linalg.norm(joints[:, a] - joints[:, b], axis=1) for a, b in BONES])
    assert np.ptp(lengths, axis=1).max() < 0.1
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 150, "mm in a fifteenth of a second"


def chirality(joints):
    """The sign of thumb x fingers . palm: a hand and its mirror image differ in it whatever the view."""
    along, across = joints[9] - joints[0], joints[5] - joints[17]
    bend = joints[8] + joints[12] + joints[16] - joints[5] - joints[9] - joints[13]
    return float(np.sign(np.cross(along, across) @ bend))


def test_a_left_hand_is_the_mirror_image_of_a_right_one():
    sensor = synthetic.find_sensor("sr305")
    right, left = (list(synthetic.frames_of(sensor, 3, 4, side)) for side in ("right", "left"))
    for one, other in zip(right, left, strict=True):
        a, b = one.hands[0].joints_mm, other.hands[0].joints_mm
        middle = a.mean(axis=0)
        np.testing.assert_allclose(b.mean(axis=0), middle, atol=1e-2)
        np.testing.assert_allclose((b - middle) * [-1, 1, 1], a - middle, atol=1e-2)
        assert chirality(a) == -chirality(b)


def test_a_seed_is_a_motion():
    sensor = synthetic.find_sensor("oakd")
    first, again, other = (next(synthetic.frames_of(sensor, 2, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.depth_mm, again.depth_mm)
    assert not np.array_equal(first.hands[0].joints_mm, other.hands[0].joints_mm)


def test_a_recording_is_not_written_over(recorded):
    _, recording = recorded
    before = {path.name: path.stat().st_mtime_ns for path in recording.path.iterdir()}
    with pytest.raises(ThenarError, match="already holds a recording"):
        synthetic.write_recording(recording.path, 1, "sr305", 0, "right", 30.0, progress=False)
    assert {path.name: path.stat().st_mtime_ns for path in recording.path.iterdir()} == before


def test_an_unknown_sensor_names_the_known(tmp_path):
    with pytest.raises(ThenarError, match="unknown sensor 'kinect9'; use one of sr305, kinect1"):
        synthetic.write_recording(tmp_path / "rec", 1, "kinect9", 0, "right", 30.0, progress=False)
    assert not (tmp_path / "rec").exists()


def test_the_bench_counts_samples():
    figures = synthetic.bench_samples(0, seconds=0.01, batch_size=4)
    assert figures["samples"] >= 4 and figures["samples"] % 4 == 0 and figures["samples_per_s_core"] > 0
