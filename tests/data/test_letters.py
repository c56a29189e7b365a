import numpy as np
import pytest

pytest.importorskip("numba")

from thenar.data.contact import depth_mm
from thenar.data.kinematics import forward
from thenar.data.letters import LETTERS, held
from thenar.data.limits import clamp
from thenar.data.poses import reference_hand


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_is_a_pose_that_a_hand_can_take(letter: str) -> None:
    angles = LETTERS[letter].angles
    within = angles.copy()
    clamp(within)
    assert np.allclose(within, angles, atol=np.radians(3))
    assert depth_mm(forward(*reference_hand(), angles)[1]) < 6


def test_every_letter_that_stands_still_is_there_and_differs_from_the_others() -> None:
    assert "".join(LETTERS) == "abcdefghiklmnopqrstuvwxy"
    seen = [np.concatenate((letter.angles.ravel(), np.radians(letter.view))) for letter in LETTERS.values()]
    assert min(np.abs(a - b).max() for i, a in enumerate(seen) for b in seen[:i]) > np.radians(10)


def test_people_differ_and_the_same_seed_gives_the_same() -> None:
    one, other, again = (list(held(LETTERS["k"], np.random.default_rng(seed), 2)) for seed in (1, 2, 1))
    assert np.array_equal(one[1].joints_mm, again[1].joints_mm)
    for a, b in ((one[0], one[1]), (one[0], other[0])):
        assert 2 < np.abs(a.joints_mm - b.joints_mm).max() < 120
    assert np.abs(one[0].joints_mm.mean(axis=0)).max() < 1e-3
