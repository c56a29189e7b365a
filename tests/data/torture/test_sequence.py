from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba")

from thenar.data.frame import Frame, Hand
from thenar.data.torture.sequence import FPS, numbered
from thenar.hand.camera import Camera

CAMERA = Camera(fx=400, fy=400, cx=160, cy=120, width=320, height=240)
MIDDLE, OUTSIDE = (0.0, 0.0, 500.0), (900.0, 0.0, 500.0)


def frames(*places: tuple[float, float, float], camera: Camera = CAMERA) -> list[Frame]:
    """One hand, all its joints at one place, frame by frame."""
    joints = [np.tile(np.array(place, np.float32), (21, 1)) for place in places]
    depth = np.zeros((camera.height, camera.width), np.float32)
    return [Frame("", depth, camera, index / FPS, (Hand(j, "right"),)) for index, j in enumerate(joints)]


def ids(made: list[Frame]) -> list[int | None]:
    return [frame.hands[0].id for frame in numbered(made)]


def test_a_hand_keeps_its_number_through_a_short_absence() -> None:
    assert set(ids(frames(MIDDLE, *[OUTSIDE] * 13, MIDDLE, MIDDLE))) == {0}


def test_a_hand_that_was_gone_is_another_one() -> None:
    seen = ids(frames(MIDDLE, *[OUTSIDE] * 14, MIDDLE, MIDDLE))
    assert seen[0] == 0 and seen[-2] == seen[-1] == 1


def test_another_camera_begins_anew() -> None:
    one, other = frames(MIDDLE), frames(MIDDLE, camera=replace(CAMERA, fx=500))
    assert ids(one + [replace(frame, time_s=1 / FPS) for frame in other]) == [0, 1]


def test_every_hand_has_a_number_of_its_own() -> None:
    frame = frames(MIDDLE)[0]
    (made,) = numbered([replace(frame, hands=frame.hands * 2)])
    assert [hand.id for hand in made.hands] == [0, 1]
