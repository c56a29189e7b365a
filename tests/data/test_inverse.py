from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rig import stick_hand

from thenar.data import inverse, poses, views
from thenar.data.kinematics import forward
from thenar.data.limits import within

HAND = stick_hand()


def test_angles_come_back_from_joints_in_any_frame() -> None:
    rng = np.random.default_rng(0)
    drawn = poses.sample_many(1, 40, None, "mixed", hand=HAND)
    drawn[:, 0] = 0
    turned = []
    for angles in drawn:
        view, place = views.sample(rng, recorded_share=0), rng.normal(0, 300, 3)
        found = inverse.fit(forward(*HAND, angles)[1] @ view.T + place, HAND)
        assert found.error_mm < 1
        assert within(found.angles)
        assert np.allclose(found.rotation, view, atol=0.02)
        turned.append(np.degrees(np.abs(found.angles - angles)[:, 0].max()))
    assert np.median(turned) < 1


def test_fitted_frame_is_where_it_says() -> None:
    joints = forward(*HAND, poses.sample_many(2, 1, kind="random", hand=HAND)[0])[1]
    joints = joints @ views.rotation(40, 20, 10).T + (10, 20, 500)
    found = inverse.fit(joints, HAND)
    laid = forward(*HAND, found.angles)[1] @ found.rotation.T + found.translation
    assert np.linalg.norm(laid - joints, axis=1).mean() == pytest.approx(found.error_mm, abs=1e-3)


def test_size_is_measured_from_a_recording() -> None:
    """Another person's hand: longer fingers, a wider palm."""
    rest, axes = HAND
    other = (rest * (1.2, 1.1, 1.1)).astype(np.float32), axes
    recorded = np.array([forward(*other, angles)[1] for angles in poses.sample_many(3, 50, hand=HAND)])
    recorded = (recorded - recorded.mean(axis=1, keepdims=True)) @ views.rotation(10, 20, 30).T
    joints, _ = inverse.fit_size(recorded, HAND)
    bones = np.linalg.norm(joints[1:] - joints[list(inverse.PARENTS[1:])], axis=1)
    theirs = np.linalg.norm(other[0][1:] - other[0][list(inverse.PARENTS[1:])], axis=1)
    assert np.allclose(bones, theirs, atol=0.1)
    errors = [inverse.fit(frame, (joints, axes)).error_mm for frame in recorded[:10]]
    assert max(errors) < 2


@pytest.mark.parametrize("count", [6, 21])
def test_align_undoes_a_motion_and_never_mirrors(count: int) -> None:
    rng = np.random.default_rng(count)
    points = rng.normal(0, 50, (count, 3))
    view = views.rotation(100, -40, 20).astype(float)
    rotation, translation = inverse.align(points, points @ view.T + (1, 2, 3))
    assert np.allclose(rotation, view, atol=1e-6) and np.allclose(translation, (1, 2, 3), atol=1e-4)
    rotation, _ = inverse.align(points, points * (-1, 1, 1))
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_a_recorded_person_is_fitted(shared_data: Path) -> None:
    """Every 60th of 2,336 recorded frames, within 5 mm mean joint distance and the limits."""
    recorded = np.load(shared_data / "poses/realsense_animbank.npz")["joints_mm"]
    fits = inverse.fit_sequence(recorded[::60], inverse.fit_size(recorded[::20], HAND))
    assert np.mean([found.error_mm for found in fits]) < 4
    assert max(found.error_mm for found in fits) < 8
    assert all(within(found.angles) for found in fits)
