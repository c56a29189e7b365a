from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from thenar.data.scenes import SceneRecipe, SceneSource
from thenar.hand.view import HALF_MM
from thenar.train.views import LEFT, NOBODY, RIGHT

SMALL = SceneRecipe(shape_count=4, poses_per_batch=4)


def test_a_batch_is_a_pure_function_of_seed_and_step() -> None:
    one, other = (SceneSource(SMALL, 1, 6) for _ in range(2))
    one.batch(0)
    for left, right in zip(one.batch(3), other.batch(3), strict=True):
        np.testing.assert_array_equal(left, right)
    assert not np.array_equal(one.batch(4).images, one.batch(3).images)


def test_hands_are_where_the_labels_say() -> None:
    batch = SceneSource(SMALL, 2, 40).batch(0)
    sides = batch.side[batch.side != NOBODY]
    assert {RIGHT, LEFT} <= set(sides.tolist())
    errors = []
    for i, k in zip(*np.nonzero((batch.side == RIGHT) | (batch.side == LEFT)), strict=True):
        u, v, d = batch.uvd[i, k]
        r = max(2, int(batch.radius_px[i, k]))
        around = batch.images[i, 0, max(0, int(v) - r) : int(v) + r + 1, max(0, int(u) - r) : int(u) + r + 1]
        errors.append(np.abs(around - d).min() * HALF_MM)
    assert len(errors) > 20
    assert np.mean(np.array(errors) < 40) > 0.9


def test_views_without_a_hand_are_scenes_too() -> None:
    batch = SceneSource(SceneRecipe(shape_count=2, poses_per_batch=2, hands=(1.0, 0.0, 0.0)), 3, 4).batch(0)
    assert (batch.side == NOBODY).all()
    assert (batch.images < 0.9).any()
