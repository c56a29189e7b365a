from __future__ import annotations

import importlib
import sys
import types

import numpy as np
import pytest

from thenar.data.frame import Frame
from thenar.hand.camera import Camera

CAMERA = Camera(50.0, 50.0, 4.0, 3.0, 8, 6)


def made(index: int) -> types.SimpleNamespace:
    joints = np.full((21, 3), 400.0 + index, np.float32)
    visible = np.arange(21) % 2 == 0
    return types.SimpleNamespace(
        depth_mm=np.full((6, 8), 400, np.float32), camera=CAMERA, joints_mm=joints, visible=visible,
        sensor="sr305", kind="gesture", yaw_deg=10.0, pitch_deg=-20.0,
    )  # fmt: skip


def test_each_frame_carries_what_it_is_sorted_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the renderer stood in for: it is tested by itself, and needs Numba."""
    heldout = types.ModuleType("thenar.data.heldout")
    vars(heldout).update(
        BENCHMARK=None, HeldoutRecipe=object, Heldout=lambda recipe: [made(index) for index in range(3)]
    )
    monkeypatch.setitem(sys.modules, heldout.__name__, heldout)
    monkeypatch.delitem(sys.modules, "thenar.data.heldout_frames", raising=False)
    frames: list[Frame] = list(importlib.import_module("thenar.data.heldout_frames").heldout_frames())
    monkeypatch.delitem(sys.modules, "thenar.data.heldout_frames")
    assert [frame.name for frame in frames] == ["000000.png", "000001.png", "000002.png"]
    hand = frames[2].hands[0]
    assert (hand.side, hand.sensor, hand.gesture, hand.distance_mm) == ("right", "sr305", "gesture", 402.0)
    assert hand.visible == tuple(joint % 2 == 0 for joint in range(21))
    assert (hand.yaw_deg, hand.pitch_deg) == (10.0, -20.0)
