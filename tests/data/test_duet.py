from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from thenar.data import motion, sensors
from thenar.data.duet import Actor, Duet, both

SENSOR = sensors.SENSORS["sr305"]


def test_a_hand_behind_the_other_is_not_visible() -> None:
    near = Actor("right", motion.sequence(1, 1, names=["flat"], center_mm=(0, 0, 350), reach_mm=(0, 0, 0)))
    far = Actor("left", motion.sequence(2, 1, names=["fist"], center_mm=(0, 0, 600), reach_mm=(0, 0, 0)))
    front, behind = Duet(SENSOR, [near, far], 1).frame(0).hands
    assert front.visible is not None
    assert behind.visible is not None
    assert sum(front.visible) >= 15
    assert sum(behind.visible) <= 6
    alone = Duet(SENSOR, [far], 1).frame(0).hands[0]
    assert alone.visible is not None
    assert sum(alone.visible) > sum(behind.visible) + 5


def test_nobody_is_a_scene_too() -> None:
    frame = Duet(SENSOR, [], 4).frame(0, 0.5)
    assert frame.hands == ()
    assert frame.time_s == 0.5
    assert frame.depth_mm.any()


def test_sides_are_where_they_belong_and_frames_repeat() -> None:
    duet = Duet(SENSOR, both(5, 8, 30.0), 5)
    assert len(duet) == 8
    right, left = duet.frame(3).hands
    assert (right.side, left.side) == ("right", "left")
    assert right.joints_mm[:, 0].mean() > left.joints_mm[:, 0].mean() + 100
    np.testing.assert_array_equal(duet.frame(3).depth_mm, duet.frame(3).depth_mm)
