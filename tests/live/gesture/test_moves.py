import numpy as np
import pytest

from thenar.live.gesture.moves import HeldTurn, Swipe, Turn
from thenar.live.gesture.steady import Steady

HAND = np.zeros((21, 3))
HAND[5:, 1] = -90
HAND[[5, 6, 7, 8], 0], HAND[[17, 18, 19, 20], 0] = 30, -30
HAND[:, 2] = 500


def path(swipe: Swipe, step_mm: tuple[float, float], frames: int = 30) -> list[str]:
    shift = np.array((*step_mm, 0.0))
    return [name for i in range(frames) if (name := swipe(HAND + i * shift, i / 60))]


@pytest.mark.parametrize(
    ("step", "name"), [((-20, 0), "left"), ((20, 2), "right"), ((1, -20), "up"), ((0, 20), "down")]
)
def test_a_fast_straight_path_is_one_swipe(step: tuple[float, float], name: str) -> None:
    assert path(Swipe(), step)[:1] == [name]
    assert len(path(Swipe(), step)) <= 2  # 0.5 s holds at most two with a rest between


@pytest.mark.parametrize("step", [(4.0, 0.0), (14.0, 14.0), (0.0, 0.0)])
def test_a_slow_or_slanted_path_is_none(step: tuple[float, float]) -> None:
    assert path(Swipe(), step) == []


def test_time_that_runs_back_forgets_the_path() -> None:
    swipe = Swipe()
    swipe(HAND, 1.0)
    assert swipe(HAND + np.array((500, 0, 0)), 0.9) == ""


def turned(degrees: float) -> np.ndarray:
    a = np.radians(degrees)
    return HAND @ np.array(((np.cos(a), -np.sin(a), 0), (np.sin(a), np.cos(a), 0), (0, 0, 1))).T


def test_a_turn_counts_beyond_a_full_one() -> None:
    turn = Turn()
    turn.start()
    for degrees in range(0, 401, 10):
        total = turn(turned(degrees), "right")
    assert np.degrees(total) == pytest.approx(400, abs=1e-3)


def test_a_turn_is_counted_while_something_is_held() -> None:
    turn = HeldTurn()
    seen = [(0, 0.5), (10, 0.9), (30, 0.9), (40, 0.7), (50, 0.5), (60, 0.7), (70, 0.9), (60, 0.9)]
    told = [float(np.degrees(turn(turned(degrees), "right", pinch))) for degrees, pinch in seen]
    assert told == pytest.approx([0, 0, 20, 30, 0, 0, 0, -10], abs=1e-3)


def test_an_odd_frame_neither_begins_nor_ends_a_name() -> None:
    steady = Steady()
    seen = ["", "fist", "", "", *["open"] * 12, "fist", *["open"] * 3, *[""] * 12]
    names = [steady(name, i / 60) for i, name in enumerate(seen)]
    assert "fist" not in names
    assert names[4 + 7 : 4 + 17] == ["open"] * 10
    assert names[-1] == ""
