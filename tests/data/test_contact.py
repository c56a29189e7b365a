from __future__ import annotations

import numpy as np
import pytest
from rig import stick_hand

from thenar.data.contact import CAPSULES, FLESH_MM, PALM_DEPTH_MM, deepest_pair, depth_mm
from thenar.data.kinematics import forward
from thenar.hand.skeleton import FINGERS, PARENTS

JOINTS, AXES = stick_hand()


def posed(**degrees: tuple[float, ...]) -> np.ndarray:
    """Joints of the stick hand with flexions in degrees per finger, from the root on."""
    angles = np.zeros((21, 3), np.float32)
    for finger, bends in degrees.items():
        for joint, bend in zip(FINGERS[finger], bends, strict=False):
            angles[joint, 0] = np.radians(bend)
    return forward(JOINTS, AXES, angles)[1]


FIST = dict.fromkeys(("index", "middle", "ring", "little"), (80.0, 90.0, 55.0))


@pytest.mark.parametrize(
    "bends",
    [{}, FIST, {"index": (60.0, 80.0, 40.0)}, {"thumb": (20.0, 20.0, 20.0)}],
    ids=["straight", "fist", "index bent", "thumb bent"],
)
def test_what_hands_do_is_free(bends: dict[str, tuple[float, ...]]) -> None:
    assert depth_mm(posed(**bends)) == 0


def through(joints: np.ndarray, finger: str, target: int) -> np.ndarray:
    """The finger's two last segments laid straight across the middle of the segment above joint `target`."""
    _, a, b, c = FINGERS[finger]
    middle = (joints[target] + joints[PARENTS[target]]) / 2
    out = joints.copy()
    out[a], out[b], out[c] = middle - np.array((30, 0, 12)), middle, middle + np.array((25, 0, 10))
    return out


@pytest.mark.parametrize(
    ("finger", "target"),
    [("thumb", 6), ("thumb", 7), ("thumb", 9), ("index", 10), ("ring", 11), ("little", 15), ("index", 13)],
)
def test_a_finger_through_another_or_the_palm_is_seen(finger: str, target: int) -> None:
    assert depth_mm(through(JOINTS, finger, target)) > 5


def test_a_finger_bent_backwards_into_the_palm_is_seen() -> None:
    assert depth_mm(posed(middle=(130.0, 120.0, 60.0))) > 2


def test_depth_grows_as_two_fingers_close_and_is_of_the_reference_hand() -> None:
    """Two parallel fingers: what is missing to the sum of their radii less the flesh, whatever the hand's size."""
    joints = JOINTS.copy()
    gap = 10.0
    joints[10:13] = joints[6:9] - (gap, 0, 0)
    scale = 90.0 / np.linalg.norm(joints[9] - joints[0])
    index_middle, middle_middle = CAPSULES[8][2], CAPSULES[11][2]
    expected = index_middle + middle_middle - FLESH_MM - gap * scale
    assert deepest_pair(joints)[2] >= expected - 1e-3
    assert depth_mm(joints) == pytest.approx(depth_mm(joints * np.float32(1.3)), abs=1e-3)
    assert depth_mm(joints) == pytest.approx(deepest_pair(joints)[2], abs=1e-3)


def test_segment_distances_agree_with_a_fine_grid() -> None:
    """The deepest pair of random hands against brute force over points of the two segments."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        joints = (JOINTS + rng.normal(0, 12, (21, 3))).astype(np.float32)
        a, b, depth = deepest_pair(joints)
        scale = 90.0 / np.linalg.norm(joints[9] - joints[0])
        at = np.linspace(0, 1, 201)[:, None]
        points = []
        for n in (a, b):
            start, end = joints[CAPSULES[n][0]] * scale, joints[CAPSULES[n][1]] * scale
            share = 0.8 if n in (6, 9, 12, 15, 18) else 1.0
            points.append(start + at * share * (end - start))
        nearest = np.linalg.norm(points[0][:, None] - points[1][None], axis=-1).min()
        radius = PALM_DEPTH_MM if a < 4 and b != 5 else CAPSULES[a][2]
        assert radius + CAPSULES[b][2] - FLESH_MM - nearest == pytest.approx(depth, abs=0.2)
