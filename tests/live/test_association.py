from __future__ import annotations

import numpy as np
import pytest
from doubles import open_hand

from thenar.live.association import SAME_HAND_MM, apart_mm, nearest, told_twice

HAND = open_hand()
AWAY = np.array((0, 0, 50), np.float32)
MIRROR = np.array((-1, 1, 1), np.float32)


def test_one_hand_read_as_both_sides_is_one_hand_and_two_at_50_mm_are_two() -> None:
    as_left = HAND[[0, *range(17, 21), *range(13, 17), *range(9, 13), *range(5, 9), *range(1, 5)]]
    assert apart_mm(HAND, as_left) == 0
    assert apart_mm(HAND, HAND + AWAY) > SAME_HAND_MM
    assert apart_mm(HAND, HAND * MIRROR + AWAY) > SAME_HAND_MM


def test_it_is_a_distance() -> None:
    assert apart_mm(HAND, HAND + AWAY) == pytest.approx(apart_mm(HAND + AWAY, HAND), rel=1e-5) == pytest.approx(50, 0.1)


@pytest.mark.parametrize(
    ("belief", "dropped"),
    [((0.5, 0.9, 0.7), {0}), ((0.9, 0.5, 0.7), {1}), ((0.5, 0.5, 0.1), {1}), ((0.1, 0.2, 0.9), {0})],
)
def test_what_is_told_twice_is_told_by_whom_one_believes(belief: tuple[float, ...], dropped: set[int]) -> None:
    assert told_twice([HAND, HAND + 3, HAND + 4 * AWAY], belief) == dropped


def test_nobody_tells_nothing_twice() -> None:
    assert told_twice([], []) == set()


@pytest.mark.parametrize(("x", "index"), [(0, 0), (60, 1), (99, 1), (150, None)])
def test_the_nearest_place_within_reach(x: float, index: int | None) -> None:
    places = [np.array((0, 0, 500), np.float32), np.array((90, 0, 500), np.float32)]
    assert nearest(places, np.array((x, 0, 500), np.float32), [40, 50]) == index
    assert nearest([], places[0], []) is None
