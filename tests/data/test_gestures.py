from __future__ import annotations

import numpy as np
import pytest

from thenar.data import gestures, poses
from thenar.data.contact import depth_mm
from thenar.data.kinematics import forward
from thenar.data.limits import within

THUMB_TIP, INDEX_TIP, MIDDLE_TIP, RING_TIP = 4, 8, 12, 16


def joints(name: str) -> np.ndarray:
    """(21, 3) mm of the mean adult hand."""
    return forward(*poses.reference_hand(), gestures.GESTURES[name])[1]


@pytest.mark.parametrize("name", gestures.GESTURES)
def test_a_person_can_do_it(name: str) -> None:
    assert within(gestures.GESTURES[name])
    assert depth_mm(joints(name)) < 0.5


@pytest.mark.parametrize("name", gestures.GESTURES)
def test_held_out_ones_are_guarded_and_no_other(name: str) -> None:
    assert poses.is_held_out(gestures.GESTURES[name]) == (name in gestures.HELD_OUT)


@pytest.mark.parametrize(
    ("name", "finger"),
    [("ok", INDEX_TIP), ("pinch", INDEX_TIP), ("pinch_middle", MIDDLE_TIP), ("tripod", MIDDLE_TIP), ("pen", INDEX_TIP)],
)
def test_pinching_pads_meet(name: str, finger: int) -> None:
    """The tips' joints lie some 7 mm under the skin of the pads."""
    posed = joints(name)
    assert 10 < np.linalg.norm(posed[THUMB_TIP] - posed[finger]) < 20


@pytest.mark.parametrize(("name", "root"), [("fist", 9), ("point", 9), ("victory", 13), ("three", 17)])
def test_the_thumb_lies_on_the_bent_fingers(name: str, root: int) -> None:
    posed = joints(name)
    on = (posed[root + 1] + posed[root + 2]) / 2
    assert np.linalg.norm(posed[THUMB_TIP] - on) < 26


def test_a_fist_is_closed_and_an_open_hand_is_not() -> None:
    fist, open_ = joints("fist"), joints("open")
    for tip, mcp in ((INDEX_TIP, 5), (MIDDLE_TIP, 9), (RING_TIP, 13)):
        assert np.linalg.norm(fist[tip] - fist[mcp]) < 46
        assert np.linalg.norm(open_[tip] - open_[mcp]) > 70
    assert open_[4, 0] > 80  # the thumb is far out on the radial side
