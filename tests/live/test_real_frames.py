"""Frames of a real camera that training never saw: found, held as a right hand, fingertips on the hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from thenar.data.frame import Frame
from thenar.data.recording import open_recording
from thenar.hand.skeleton import TIPS
from thenar.live.hands import tracker_of
from thenar.live.live_frame import Gestures
from thenar.live.presets import PRESETS, model_path
from thenar.live.tracker import Tracker, TrackerConfig
from thenar.run import open as open_session

CAMERA = {
    "fx": 476.007,
    "fy": 476.007,
    "cx": 313.683,
    "cy": 242.755,
    "width": 640,
    "height": 480,
    "depth_unit_mm": 0.125,
}
SEQUENCES = ("20210326-230536", "20210326-231615")
SPREAD_HAND = "130.png"  # a frame that only the sequence of the spread hand has


@pytest.fixture(params=SEQUENCES)
def recording(request: pytest.FixtureRequest, shared_data: Path, tmp_path: Path) -> Path:
    for path in (shared_data / "real_depth_sr305" / request.param).glob("*.png"):
        shutil.copy(path, tmp_path)
    (tmp_path / "camera.json").write_text(json.dumps(CAMERA))
    return tmp_path


@pytest.mark.parametrize("preset", PRESETS)
def test_the_hand_is_found_and_held_as_a_right_one(recording: Path, preset: str) -> None:
    opened = open_recording(recording)
    away_mm = []
    with open_session(model_path(preset)) as session:
        tracker = Tracker(session, opened.camera, TrackerConfig(smooth=None))
        for index, frame in enumerate(opened):
            assert isinstance(frame, Frame)
            hand = tracker.track(frame.depth_mm, index / 2)
            assert hand is not None and hand.side == "right", frame.name
            v, u = np.nonzero(frame.depth_mm)
            surface = opened.camera.unproject(np.stack([u, v, frame.depth_mm[v, u]], axis=1)[::3])
            tips = hand.joints_mm[list(TIPS)]
            away_mm.append([np.linalg.norm(surface - tip, axis=1).min() for tip in tips])
    assert np.mean(np.asarray(away_mm) < 20) > 0.9, "fingertips lie on the surface that the camera saw"


def test_it_keeps_its_number_and_its_open_hand_is_named(recording: Path) -> None:
    opened = open_recording(recording)
    gestures, named = Gestures(), []
    with open_session(model_path()) as session:
        tracker = tracker_of("balanced")(session, opened.camera)
        for index, frame in enumerate(opened):
            assert isinstance(frame, Frame)
            hands = tracker.track(frame.depth_mm, index / 2)
            assert [(hand.id, hand.side) for hand in hands] == [(0, "right")], frame.name
            named.append(gestures(hands, index / 2)[0].gesture)
    if (recording / SPREAD_HAND).is_file():
        assert named.count("open") > len(named) / 2, named
