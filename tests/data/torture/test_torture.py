"""Each sequence is what its name says; only as many frames are rendered as it takes to see that."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

pytest.importorskip("numba")

from thenar.data import clutter, heldout_poses, raster, sensors
from thenar.data.duet import Duet
from thenar.data.frame import Frame
from thenar.data.torture import SEQUENCES, actors, nobody
from thenar.data.torture.on_table import TABLE_MM


def frames(name: str, *wanted: int) -> list[Frame]:
    made: Iterator[Frame] = islice(SEQUENCES[name].frames(), max(wanted) + 1)
    return [frame for index, frame in enumerate(made) if index in wanted]


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only joints: nothing is drawn, which takes no time; what is in the picture counts as visible."""
    monkeypatch.setattr(sensors, "apply", lambda sensor, depth, *rest: depth)
    for drawing in (raster, clutter):
        monkeypatch.setattr(drawing, "draw", lambda *anything: None)


@pytest.mark.usefixtures("undrawn")
def test_they_are_short_and_every_sensor_takes_part() -> None:
    cameras = set()
    for name, torture in SEQUENCES.items():
        made = list(torture.frames())
        assert len(made) == 1000 if name == "nobody" else 60 <= len(made) <= 150
        times = [frame.time_s for frame in made]
        np.testing.assert_allclose(np.diff(np.array(times, np.float64)), 1 / 30, atol=1e-9)
        cameras |= {frame.camera for frame in made}
        assert all(bool(frame.hands) == (name != "nobody") for frame in made)
    assert cameras == {sensor.camera for sensor in sensors.SENSORS.values()}


def test_frames_repeat() -> None:
    for name in ("hand over face", "nobody"):
        np.testing.assert_array_equal(frames(name, 1)[0].depth_mm, frames(name, 1)[0].depth_mm)


def test_no_pose_is_one_that_training_saw() -> None:
    assert all(heldout_poses.is_held_out(angles) for angles in actors.library(3).values())


@pytest.mark.usefixtures("undrawn")
def test_hands_cross_and_are_never_near_enough_to_be_confused() -> None:
    made = frames("crossing", *range(120))
    right, left = (np.stack([frame.hands[place].joints_mm for frame in made]) for place in (0, 1))
    before = np.sign(right[:, :, 0].mean(axis=1) - left[:, :, 0].mean(axis=1))
    assert (np.diff(before) != 0).sum() == 2
    assert np.linalg.norm(right[:, :, None] - left[:, None], axis=-1).min() > 50


@pytest.mark.usefixtures("undrawn")
def test_close_hands_come_to_fifty_millimetres() -> None:
    made = frames("close", *range(120))
    nearest = [
        np.linalg.norm(frame.hands[0].joints_mm[:, None] - frame.hands[1].joints_mm, axis=-1).min() for frame in made
    ]
    assert 40 < min(nearest) < 60


@pytest.mark.usefixtures("undrawn")
def test_a_leaving_hand_is_gone_for_a_while() -> None:
    seen = np.array([[sum(hand.visible or ()) for hand in frame.hands] for frame in SEQUENCES["leaving"].frames()])
    assert (seen[:, 0] == 0).sum() > 15 and seen[0, 0] > 8 and seen[-1, 0] > 8
    assert seen[0, 1] == 0 and seen[-1, 1] > 8


def test_a_far_palm_is_forty_pixels_wide() -> None:
    (frame,) = frames("40-pixel hand", 0)
    index, little = frame.hands[0].joints_mm[[5, 17]]
    width_mm = np.linalg.norm(index - little) * 4 / 3  # knuckles lie in the middle of fingers: three gaps, four widths
    assert 30 < width_mm * frame.camera.fx / frame.hands[0].joints_mm[:, 2].mean() < 50


@pytest.mark.usefixtures("undrawn")
def test_a_hand_on_a_table_touches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    duets: list[Duet] = []
    draw = Duet.frame
    monkeypatch.setattr(Duet, "frame", lambda duet, index: (duets.append(duet), draw(duet, index))[1])
    frames("hand on a table", 40)
    deepest = duets[0].posed(duets[0].actors[0], 40).vertices[:, 2].max()
    assert deepest == pytest.approx(TABLE_MM, abs=0.1)


def test_bodies_are_nearer_than_the_hand() -> None:
    (frame,) = frames("bodies nearer", 0)
    nearest = frame.hands[0].joints_mm[:, 2].min()
    near = (frame.depth_mm > 0) & (frame.depth_mm < nearest - 50)
    assert near.mean() > 0.05
    assert sum(frame.hands[0].visible or ()) >= 8


def test_a_room_has_something_in_it() -> None:
    rooms = [next(nobody._room(sensors.SENSORS["sr305"], number)) for number in (1, 2)]
    arm = next(nobody._arm_room(sensors.SENSORS["sr305"], 3))
    for depth in (*rooms, arm):
        assert (depth > 0).mean() > 0.0005
