from __future__ import annotations

import numpy as np
import pytest

from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.view import HALF_MM, MIDDLE_MM
from thenar.live.locator import NetworkLocator
from thenar.run.tensors import TensorSpec

CAMERA = Camera(475.0, 475.0, 319.5, 239.5, 640, 480)
DEPTH = np.full((480, 640), 900, np.float32)
Truth = tuple[tuple[float, float, float], str, float]


class MapSession:
    """Answers every view with the maps of hands that it is told: ((column, row, mm), side, heat)."""

    runtime = "fake"

    def __init__(self, *hands: Truth) -> None:
        self.info = {}
        self.inputs = (TensorSpec("view", (1, 1, 128, 160), "float32"),)
        self.outputs = (TensorSpec("heat", (1, 2, 32, 40), "float32"), TensorSpec("uvd", (1, 3, 32, 40), "float32"))
        self.heat, self.uvd = np.zeros((1, 2, 32, 40), np.float32), np.zeros((1, 3, 32, 40), np.float32)
        for (column, row, mm), side, heat in hands:
            cell = round((row - 1.5) / 4), round((column - 1.5) / 4)
            self.heat[0, int(side == "left")][cell] = heat
            self.uvd[0, :, cell[0], cell[1]] = column, row, (mm - MIDDLE_MM) / HALF_MM

    def run(self, feed):
        assert feed["view"].shape == (1, 1, 128, 160)
        return {"heat": self.heat, "uvd": self.uvd}


def test_hands_are_told_in_millimetres_the_hottest_first():
    one, other = ((79.375, 59.375, 500.0), "right", 0.6), ((100.0, 60.0, 400.0), "left", 0.9)
    found = NetworkLocator(MapSession(one, other)).find(DEPTH, CAMERA)
    assert [round(c.score, 3) for c in found] == [0.9, 0.6]
    np.testing.assert_allclose(found[1].center_mm, (0, 0, 500), atol=0.5)
    assert found[0].center_mm[2] == pytest.approx(400, abs=0.1)


def test_one_place_is_one_hand_however_torn_between_the_sides():
    torn = NetworkLocator(MapSession(((80, 60, 500), "right", 0.4), ((80, 60, 500), "left", 0.4)), least=0.5)
    assert [round(c.score, 3) for c in torn.find(DEPTH, CAMERA)] == [0.8]
    near = NetworkLocator(MapSession(((80, 60, 500), "right", 0.5), ((88, 60, 500), "left", 0.8)))
    assert [round(c.score, 3) for c in near.find(DEPTH, CAMERA)] == [0.8]


@pytest.mark.parametrize(
    "truth", [((80, 60, 500), "right", 0.1), ((80, 60, -10), "right", 0.9)], ids=["cold", "behind"]
)
def test_what_is_cold_or_nowhere_is_no_candidate(truth: Truth):
    assert NetworkLocator(MapSession(truth)).find(DEPTH, CAMERA) == []


def test_another_model_is_one_line():
    session = MapSession()
    session.inputs = (TensorSpec("depth", (1, 1, 128, 128), "float32"),)
    with pytest.raises(ThenarError, match="a locator needs"):
        NetworkLocator(session)
