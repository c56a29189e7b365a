from __future__ import annotations

import pytest

from thenar.data import gestures, poses
from thenar.data.limits import within


@pytest.mark.parametrize("name", gestures.GESTURES)
def test_a_person_can_do_it(name: str) -> None:
    assert within(gestures.GESTURES[name])


@pytest.mark.parametrize("name", gestures.GESTURES)
def test_held_out_ones_are_guarded_and_no_other(name: str) -> None:
    assert poses.is_held_out(gestures.GESTURES[name]) == (name in gestures.HELD_OUT)
