from __future__ import annotations

from pathlib import Path

import pytest

import thenar.live
from thenar.data.joints_file import read_joints
from thenar.errors import ThenarError
from thenar.live.track_live import track_live

DEMO = Path(__file__).parents[2] / "recordings/demo"


def test_hands_are_written_with_their_numbers(hand_model, tmp_path):
    with thenar.live.open(DEMO, model=hand_model) as hands:
        summary = track_live(hands, tmp_path / "out")
    written, notes = read_joints(tmp_path / "out/joints.jsonl")
    assert summary.frames == 60 == len(written) + summary.frames_without_hand and not notes
    assert {hand.id for found in written.values() for hand in found} and summary.ms_per_frame_p50 > 0


def test_it_ends_in_time(hand_model, tmp_path):
    with thenar.live.open(DEMO, model=hand_model) as hands:
        assert track_live(hands, tmp_path / "out", seconds=0).frames == 1


def test_a_recording_is_not_written_over(hand_model):
    with thenar.live.open(DEMO, model=hand_model) as hands, pytest.raises(ThenarError, match="is a recording"):
        track_live(hands, DEMO)
