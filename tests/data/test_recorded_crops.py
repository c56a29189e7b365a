from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from thenar.data.frame import Hand
from thenar.data.recorded_crops import READINGS, recorded_crops
from thenar.data.recording import Recorder, open_recording
from thenar.errors import ThenarError
from thenar.hand.camera import Camera

CAMERA = Camera(300.0, 300.0, 160.0, 120.0, 320, 240)


def record(folder: Path, sides: str) -> Path:
    """A frame for each letter: r, l, or - for one whose wrist nobody knows; joint 8 lies in a bright corner."""
    recorder = Recorder(folder, CAMERA)
    for index, side in enumerate(sides):
        joints = np.random.default_rng(index).uniform([-60, -60, 480], [60, 60, 520], (21, 3)).astype(np.float32)
        if side == "-":
            joints[0] = np.nan
        recorder.write(np.full((240, 320), 500, np.float32), hands=(Hand(joints, "left" if side == "l" else "right"),))
    recorder.close()
    return folder


def test_the_last_fifth_judges_and_the_rest_teaches(tmp_path: Path) -> None:
    recording = open_recording(record(tmp_path / "r", "rrrrrrrr-rr-"))
    train, validation = recorded_crops(recording)
    assert train.images.shape == (8 * READINGS, 1, 128, 128) and validation.uvd.shape == (2, 21, 3)
    assert train.present.all() and np.isfinite(train.uvd).all()
    again, _ = recorded_crops(recording)
    np.testing.assert_array_equal(train.uvd, again.uvd)
    readings = train.uvd[:READINGS]
    assert (np.ptp(readings, axis=0)[:, 0] > 0.01).all(), "each reading's centre is off by something else"


def test_a_left_hand_is_mirrored(tmp_path: Path) -> None:
    right, _ = recorded_crops(open_recording(record(tmp_path / "r", "r" * 10)))
    left, _ = recorded_crops(open_recording(record(tmp_path / "l", "l" * 10)))
    np.testing.assert_allclose(left.uvd[..., 0], -right.uvd[..., 0], atol=1e-6)
    np.testing.assert_allclose(left.uvd[..., 1:], right.uvd[..., 1:], atol=1e-6)
    np.testing.assert_array_equal(left.images, right.images[..., ::-1])


def test_too_few_labels_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ThenarError, match="has 9 frames with 21 known joints"):
        recorded_crops(open_recording(record(tmp_path / "r", "r" * 9 + "-")))
