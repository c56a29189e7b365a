from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.live.course import Course, CourseConfig

START = np.array((0, 0, 500), np.float32)
SPEED = np.array((1000, 0, 0), np.float32)


def moving(frames: int, fps: float = 60.0) -> Course:
    course = Course(START, 0.0)
    for i in range(1, frames):
        course.seen(START + SPEED * np.float32(i / fps), i / fps)
    return course


def test_a_steady_hand_is_met_where_it_will_be() -> None:
    course = moving(20)
    expected = START + SPEED * np.float32(20 / 60)
    assert np.linalg.norm(course.at(20 / 60) - expected) < 3
    assert np.linalg.norm(course.center_mm - expected) > 15


def test_a_hand_that_is_not_seen_is_carried_on_only_so_far() -> None:
    course = moving(20)
    furthest = np.linalg.norm(course.at(1e6) - course.center_mm)
    assert furthest == pytest.approx(1000 * CourseConfig().carry_s, rel=0.05)


@pytest.mark.parametrize("time_s", [0.0, -5.0])
def test_time_that_does_not_advance_tells_no_speed(time_s: float) -> None:
    course = Course(START, 0.0)
    course.seen(START + 50, time_s)
    assert not course.speed_mm_per_s.any()
    np.testing.assert_array_equal(course.at(time_s - 1), START + 50)


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1, 1)), max_size=20), st.floats(-10, 10))
def test_whatever_happens_the_next_place_is_near_the_last(steps: list[tuple[float, float]], ahead_s: float) -> None:
    config = CourseConfig()
    course, time_s = Course(START, 0.0), 0.0
    for x, dt in steps:
        time_s += dt
        course.seen(np.array((x, 0, 500), np.float32), time_s)
    away = np.linalg.norm(course.at(time_s + ahead_s) - course.center_mm)
    assert np.isfinite(away) and away <= config.fastest_mm_per_s * config.carry_s * 1.001
