from __future__ import annotations

import numpy as np
import pytest

from thenar.hand.camera import Camera
from thenar.live.locate import candidates

CAMERA = Camera(476.0, 476.0, 320.0, 240.0, 640, 480)


def blob(depth, center_mm, radius_mm):
    """Draw a sphere in mm, nearest surface wins."""
    v, u = np.indices(depth.shape)
    rays = CAMERA.unproject(np.stack([u, v, np.ones(depth.shape)], axis=-1)).astype(np.float64)
    a, b = (rays**2).sum(-1), rays @ np.asarray(center_mm, float)
    disc = b**2 - a * (np.dot(center_mm, center_mm) - radius_mm**2)
    z = np.where(disc > 0, (b - np.sqrt(np.maximum(disc, 0))) / a, np.inf)
    depth[:] = np.minimum(np.where(depth == 0, np.inf, depth), z)
    depth[~np.isfinite(depth)] = 0


def arm(depth, start, end, radius):
    for t in np.linspace(0, 1, 25):
        blob(depth, np.asarray(start) * (1 - t) + np.asarray(end) * t, radius)


@pytest.mark.parametrize("hand", [(-120, 0, 500), (100, -80, 350), (0, 60, 850)])
def test_end_of_a_forearm_is_a_candidate(hand):
    depth = np.zeros((480, 640), np.float32)
    arm(depth, hand, (hand[0] + 60, hand[1] + 260, hand[2] + 30), 35)
    blob(depth, hand, 55)
    found = candidates(depth, CAMERA)
    assert np.linalg.norm(found - np.asarray(hand), axis=1).min() < 60


def test_hand_before_a_body():
    depth = np.zeros((480, 640), np.float32)
    blob(depth, (100, 100, 1100), 280)
    blob(depth, (-60, 0, 550), 60)
    found = candidates(depth, CAMERA)
    assert np.linalg.norm(found[0] - (-60, 0, 550)) < 60, "the nearest body comes first"


@pytest.mark.parametrize(
    "depth",
    [np.zeros((480, 640)), np.full((480, 640), np.nan), np.full((480, 640), 9000.0), np.full((480, 640), np.inf)],
    ids=["no reading", "nan", "too far", "inf"],
)
def test_no_candidates_where_nothing_is_in_reach(depth):
    assert candidates(depth.astype(np.float32), CAMERA).shape == (0, 3)


def test_specks_are_not_bodies():
    depth = np.zeros((480, 640), np.float32)
    depth[100:104, 100:104] = 500
    assert len(candidates(depth, CAMERA)) == 0
