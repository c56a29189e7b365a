"""Readings of turned images come back to the same place."""

from __future__ import annotations

import numpy as np
import pytest
from ball import CAMERA, CENTER, FakeSession, ball

from thenar.live.estimate import estimate

MIDDLE = np.float32([CENTER[0] + 8.5, CENTER[1] - 8.5, CENTER[2]])


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("passes", [1, 2, 3, 4])
def test_all_turns_agree_on_where_it_is(side, passes):
    session = FakeSession(lambda image: 0.8)
    found = estimate(session, ball(), CAMERA, np.float32(CENTER), side, passes)
    assert session.calls == passes
    assert np.linalg.norm(found.center_mm - MIDDLE) < 3
    assert found.score == pytest.approx(0.8, rel=0.1), "readings that agree are believed"


def test_a_network_that_is_misled_by_turning_is_believed_less():
    session = FakeSession(lambda image: 0.8)
    session.answer = lambda uvd, confidence: (uvd + np.float32([0.3, 0, 0]), confidence)
    found = estimate(session, ball(), CAMERA, np.float32(CENTER), "right", 4)
    assert found.score < 0.4
