"""The models that ship, on the recording that comes with the project."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from thenar.data.frame import Frame
from thenar.data.recording import open_recording
from thenar.live.hands import tracker_of
from thenar.live.locator import shipped_locator
from thenar.live.one_hand import NumberedHand
from thenar.live.presets import PRESETS, model_path
from thenar.run import open as open_session

DEMO = Path(__file__).parents[2] / "recordings/demo"
RUNTIMES = ("openvino", pytest.param("native", marks=pytest.mark.native))


def demo(count: int) -> list[Frame]:
    return [frame for frame in islice(open_recording(DEMO), count) if isinstance(frame, Frame)]


def tracked(preset: str, frames: list[Frame]) -> list[tuple[NumberedHand, ...]]:
    with open_session(model_path(preset)) as session:
        tracker = tracker_of(preset)(session, frames[0].camera)
        return [tracker.track(frame.depth_mm, frame.time_s or 0.0) for frame in frames]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_locator_finds_the_hand_first(runtime: str) -> None:
    for frame in demo(3):
        best = shipped_locator(runtime).find(frame.depth_mm, frame.camera)[0]
        assert np.linalg.norm(best.center_mm - frame.hands[0].joints_mm.mean(axis=0)) < 60 and best.score > 0.5


@pytest.mark.parametrize("preset", PRESETS)
def test_one_hand_is_followed_under_one_number_and_again_to_the_bit(preset: str) -> None:
    frames = demo(20)
    hands, again = tracked(preset, frames), tracked(preset, frames)
    assert {(hand.id, hand.side) for told in hands for hand in told} == {(0, frames[0].hands[0].side)}
    assert all(len(told) == 1 for told in hands[2:])
    pairs = [(hand, frame.hands[0]) for told, frame in zip(hands, frames, strict=True) for hand in told]
    errors = [np.linalg.norm(hand.joints_mm - truth.joints_mm, axis=1).mean() for hand, truth in pairs]
    assert np.mean(errors) < 15
    bits, other = ([[hand.joints_mm.tobytes() for hand in told] for told in run] for run in (hands, again))
    assert bits == other
