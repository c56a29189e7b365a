from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.live.sources.clock import TICK_S, FrameClock, whole_ticks


def times(host_s: list[float], device_s: list[float | None]) -> list[float]:
    now = iter(host_s)
    clock = FrameClock(lambda: next(now))
    return [clock.time_s(value) for value in device_s]


@pytest.mark.parametrize(
    ("host_s", "device_s", "expected_s"),
    [
        ([5, 5.5, 6], [100, 100.25, 100.5], [0, 0.25, 0.5]),  # the device's differences, not the host's
        ([5, 5.5, 6], [None, None, None], [0, 0.5, 1.0]),
        ([5, 5.5, 6], [100, 40, 40.25], [0, 0.5, 0.75]),  # backwards
        ([5, 5.5, 6], [100, 9e9, 9e9 + 0.25], [0, 0.5, 0.75]),  # a leap
        ([5, 5.5, 6], [100, float("nan"), 100.5], [0, 0.5, 1.0]),
        ([5, 5, 5], [100, 100, 100], [0, TICK_S, 2 * TICK_S]),  # both stand still
        ([5, 105, 105.5], [100, 200, 200.25], [0, 100, 100.25]),  # a true gap
    ],
)
def test_times_grow_by_what_can_be_believed(
    host_s: list[float], device_s: list[float | None], expected_s: list[float]
) -> None:
    assert times(host_s, device_s) == expected_s


@given(st.lists(st.floats(allow_nan=True) | st.none(), min_size=2, max_size=30))
def test_times_only_ever_grow(device_s: list[float | None]) -> None:
    found = times([number / 30 for number in range(len(device_s))], device_s)
    assert found[0] == 0 and all(later - earlier >= TICK_S for earlier, later in pairwise(found))


@given(st.floats(0, 2e9), st.floats(0, 2e9), st.integers(0, 2**40))
def test_another_start_keeps_differences_to_the_bit(one: float, other: float, start: int) -> None:
    one, other, begin = whole_ticks(one), whole_ticks(other), start * TICK_S
    assert (other + begin) - (one + begin) == other - one
