from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from thenar.data.frame import Frame
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.estimator import TrackerEstimator
from thenar.live.evaluate import Given
from thenar.run.tensors import TensorSpec

pytestmark = pytest.mark.usefixtures("unturned")

CAMERA = Camera(300.0, 300.0, 159.5, 119.5, 320, 240)
OTHER = Camera(310.0, 310.0, 159.5, 119.5, 320, 240)
CENTER = np.array([40, -20, 500], np.float32)


def scene(x: float = 40, y: float = -20, z: float = 500, camera: Camera = CAMERA) -> Frame:
    """A ball of 60 mm radius before an empty background, its left half cut away below its middle: no mirror image."""
    v, u = np.indices((camera.height, camera.width), np.float32)
    across, down = (u - camera.cx) / camera.fx * z - x, (v - camera.cy) / camera.fy * z - y
    ball = (across**2 + down**2 < 60**2) & ~((across < 0) & (down > 0))
    return Frame("0.png", np.where(ball, np.float32(z), np.float32(0)), camera)


class OneSided:
    """A network of a hand at the crop's centre; sure of itself only where the crop's lower left is empty."""

    runtime = "fake"
    info: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.inputs = (TensorSpec("depth", (1, 1, 128, 128), "float32"),)
        self.outputs = (TensorSpec("uvd", (1, 21, 3), "float32"), TensorSpec("confidence", (1, 21), "float32"))
        self.calls = 0

    def run(self, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.calls += 1
        image = feed["depth"][0, 0]
        lower = image[70:85]
        sure = 0.9 if (lower[:, 70:85] < 1).sum() > (lower[:, 43:58] < 1).sum() else 0.1
        return {
            "uvd": np.zeros((1, 21, 3), np.float32),
            "confidence": np.full((1, 21), sure, np.float32),
        }


def test_a_given_hand_is_read_once_where_and_as_it_is_said_to_be() -> None:
    session = OneSided()
    hand = TrackerEstimator(session)(scene(), Given(CENTER, "left"))  # type: ignore[arg-type]
    assert hand is not None and hand.side == "left" and session.calls == 4  # readings of one hand
    np.testing.assert_allclose(hand.joints_mm, np.broadcast_to(CENTER, (21, 3)), atol=1e-3)


def test_a_given_hand_of_unknown_side_is_the_surer_reading() -> None:
    session = OneSided()
    hand = TrackerEstimator(session)(scene(), Given(CENTER))  # type: ignore[arg-type]
    assert hand is not None and hand.side == "right" and session.calls == 8
    mirrored = Frame("0.png", scene(x=-40).depth_mm[:, ::-1], CAMERA)
    hand = TrackerEstimator(session)(mirrored, Given(CENTER))  # type: ignore[arg-type]
    assert hand is not None and hand.side == "left"


def test_the_labels_of_a_frame_are_not_needed_to_find_its_hand() -> None:
    hand = TrackerEstimator(OneSided())(scene(), None)  # type: ignore[arg-type]
    assert hand is not None and hand.side == "right"
    assert np.linalg.norm(hand.joints_mm.mean(axis=0) - CENTER) < 40


def test_an_empty_frame_has_no_hand() -> None:
    empty = Frame("0.png", np.zeros((240, 320), np.float32), CAMERA)
    assert TrackerEstimator(OneSided())(empty, None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("follow", [True, False])
def test_following_costs_less_than_searching_anew(follow: bool) -> None:
    session = OneSided()
    estimator = TrackerEstimator(session, follow=follow)  # type: ignore[arg-type]
    estimator(scene(), None)
    first = session.calls
    estimator(scene(), None)
    assert (session.calls - first < first) == follow


def test_another_camera_starts_another_search() -> None:
    session = OneSided()
    estimator = TrackerEstimator(session)  # type: ignore[arg-type]
    estimator(scene(), None)
    first = session.calls
    assert estimator(scene(camera=OTHER), None) is not None
    assert session.calls - first >= first


def test_a_model_of_something_else_is_refused() -> None:
    session = OneSided()
    session.outputs = (TensorSpec("logits", (1, 10), "float32"),)  # type: ignore[assignment]
    with pytest.raises(ThenarError, match="a hand model needs"):
        TrackerEstimator(session)  # type: ignore[arg-type]
