import numpy as np
import pytest

pytest.importorskip("numba")

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.live.sources.synthetic import SyntheticSource


def read(source: SyntheticSource) -> Frame:
    frame = source.read(1.0)
    assert frame is not None
    return frame


def test_the_same_seed_gives_the_same_two_hands() -> None:
    one, other = (SyntheticSource(seed=3, fps=2.0, paced=False) for _ in range(2))
    first, again = read(one), read(other)
    np.testing.assert_array_equal(first.depth_mm, again.depth_mm)
    assert [hand.side for hand in first.hands] == ["right", "left"]
    for hand in first.hands:  # drawn where the labels say
        u, v, z = first.camera.project(hand.joints_mm[9]).round().astype(int)
        assert abs(first.depth_mm[v - 3 : v + 4, u - 3 : u + 4].max() - z) < 60


def test_it_never_ends_and_nothing_jumps() -> None:
    source = SyntheticSource(seed=1, fps=2.0, hands=1, paced=False)
    places = [read(source).hands[0].joints_mm.mean(axis=0) for _ in range(90)]
    assert max(np.linalg.norm(np.diff(places, axis=0), axis=1)) < 150
    np.testing.assert_allclose(places[78], places[0], atol=1e-3)


def test_missed_frames_are_passed_over() -> None:
    now = [10.0]
    source = SyntheticSource(
        seed=1, fps=10.0, hands=1, clock=lambda: now[0], wait=lambda s: now.__setitem__(0, now[0] + s)
    )
    assert read(source).time_s == 0.0
    assert read(source).time_s == pytest.approx(0.1, abs=1e-6)
    now[0] += 1.0
    assert read(source).time_s == pytest.approx(1.1, abs=1e-6)


@pytest.mark.parametrize("hands", [0, 3])
def test_other_numbers_of_hands_are_refused(hands: int) -> None:
    with pytest.raises(ThenarError, match="hands"):
        SyntheticSource(hands=hands)
