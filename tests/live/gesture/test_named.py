import numpy as np
import pytest

from thenar.live.gesture import NAMES, grab_strength, name_gesture, pinch_strength

pytest.importorskip("numba")

from thenar.data.gestures import GESTURES
from thenar.data.kinematics import forward
from thenar.data.poses import reference_hand
from thenar.data.views import rotation

SIGNS = {
    "open": "open",
    "vulcan": "open",
    "four": "four",
    "fist": "fist",
    "point": "point",
    "gun": "point",
    "victory": "victory",
    "three": "three",
    "three_with_thumb": "three",
    "thumbs_up": "thumbs_up",
    "thumbs_down": "thumbs_down",
    "call": "call",
    "horns": "horns",
    "spider": "horns",
    "ok": "ok",
}
NONE = ("relaxed", "claw", "sphere", "cylinder", "hook", "tabletop", "key_grip", "cup")
NOISE_MM = 6.0
"""Standard deviation of each coordinate: a mean joint error of 9.6 mm."""


def posed(name: str, roll: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    joints = forward(*reference_hand(), GESTURES[name])[1]
    return (joints - joints.mean(axis=0)) @ rotation(yaw, 0.0, roll).T + np.array((0, 0, 500), np.float32)


def upright(name: str) -> np.ndarray:
    """The pose turned so that a thumb that sticks out points up, or down."""
    if name == "thumbs_down":
        return posed("thumbs_up", roll=120.0)
    return posed(name, roll=-60.0 if name == "thumbs_up" else 0.0)


@pytest.mark.parametrize("pose", SIGNS)
def test_a_sign_has_its_name_on_either_hand(pose: str) -> None:
    joints = upright(pose)
    assert name_gesture(joints, "right")[0] == SIGNS[pose]
    assert name_gesture(joints * (-1, 1, 1), "left")[0] == SIGNS[pose]


@pytest.mark.parametrize("pose", SIGNS)
def test_a_sign_keeps_its_name_when_joints_are_off(pose: str) -> None:
    rng = np.random.default_rng(5)
    names = [name_gesture(upright(pose) + rng.normal(0, NOISE_MM, (21, 3)), "right")[0] for _ in range(200)]
    assert names.count(SIGNS[pose]) >= 150
    assert sum(name not in ("", SIGNS[pose]) for name in names) <= 20


@pytest.mark.parametrize("pose", NONE)
def test_what_is_no_sign_has_no_name(pose: str) -> None:
    assert name_gesture(posed(pose), "right")[0] == ""


def test_thumbs_turn_from_up_to_down() -> None:
    assert name_gesture(posed("thumbs_up", roll=120.0), "right")[0] == "thumbs_down"
    assert name_gesture(posed("thumbs_up", roll=30.0), "right")[0] == ""


def test_every_name_can_be_reached() -> None:
    assert set(SIGNS.values()) == set(NAMES)


def test_strengths_run_from_open_to_closed() -> None:
    assert pinch_strength(posed("open")) == 0
    assert pinch_strength(posed("pinch")) > 0.95
    assert pinch_strength(posed("pinch_middle"), "middle") > 0.95
    assert pinch_strength(posed("pinch_middle")) < 0.1
    assert grab_strength(posed("flat")) == 0
    assert grab_strength(posed("fist")) == 1
    assert 0.2 < grab_strength(posed("cylinder")) < 0.8
