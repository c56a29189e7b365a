"""Drawn hands: human sizes, real variety, and cells that training never sees."""

from __future__ import annotations

import numpy as np
import pytest

from thenar.data import mesh, shapes

HAND = mesh.load()


def draw(seed: int, count: int, held_out: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([shapes.sample(rng, held_out) for _ in range(count)])


TRAINING, HELD_OUT = draw(0, 2000), draw(1, 500, held_out=True)


def lengths(coefficients: np.ndarray, a: int, b: int) -> np.ndarray:
    joints = HAND.joints + np.tensordot(coefficients, HAND.joint_targets, axes=1)
    return np.linalg.norm(joints[:, a] - joints[:, b], axis=1)


def test_sizes_fill_the_range_of_adults_and_teenagers() -> None:
    for tip, (low, high) in ((9, shapes.WRIST_TO_MCP_MM), (12, shapes.WRIST_TO_TIP_MM)):
        length = lengths(TRAINING, 0, tip)
        assert low - 0.1 <= length.min() < low + 0.08 * (high - low)
        assert high + 0.1 >= length.max() > high - 0.08 * (high - low)


@pytest.mark.parametrize(
    ("of", "to"),
    [((5, 17), (0, 12)), ((9, 12), (0, 9)), ((1, 4), (0, 12)), ((5, 8), (9, 12)), ((17, 20), (13, 16))],
)
def test_proportions_vary_on_their_own(of: tuple[int, int], to: tuple[int, int]) -> None:
    """Breadth to length, fingers to palm, thumb to hand, finger to finger: a few per cent each, never wild."""
    ratio = lengths(TRAINING, *of) / lengths(TRAINING, *to)
    spread = ratio.std() / ratio.mean()
    assert 0.02 < spread < 0.15


def test_held_out_shapes_are_never_trained_on() -> None:
    assert not any(shapes.is_held_out(c) for c in TRAINING)
    assert all(shapes.is_held_out(c) for c in HELD_OUT)


def test_about_a_tenth_is_held_out() -> None:
    low, high, _ = shapes._table()
    rng = np.random.default_rng(2)
    share = np.mean([shapes.is_held_out(rng.uniform(low, high).astype(np.float32)) for _ in range(3000)])
    assert 0.05 < share < 0.15


def test_held_out_shapes_are_spread_over_the_sizes() -> None:
    length = lengths(HELD_OUT, 0, 12)
    assert length.max() - length.min() > 45


def test_the_same_seed_draws_the_same_hands() -> None:
    assert np.array_equal(draw(3, 20), draw(3, 20))
    assert not np.array_equal(draw(3, 20), draw(4, 20))


def test_no_coefficients_are_the_template() -> None:
    hand = shapes.apply(HAND, np.zeros(len(HAND.targets), np.float32))
    assert np.allclose(hand.vertices, HAND.template)
    assert np.allclose(hand.joints, HAND.joints)
    assert np.allclose(hand.axes, HAND.axes, atol=1e-6)


def test_applied_hands_keep_sound_axes_and_surfaces() -> None:
    for coefficients in np.concatenate([TRAINING[:40], HELD_OUT[:10]]):
        hand = shapes.apply(HAND, coefficients)
        assert hand.vertices.dtype == hand.joints.dtype == hand.axes.dtype == np.float32
        assert np.allclose(hand.axes @ hand.axes.transpose(0, 2, 1), np.eye(3), atol=1e-5)
        a, b, c = hand.vertices[HAND.faces].astype(np.float64).transpose(1, 0, 2)
        assert np.einsum("fi,fi->", a, np.cross(b, c)) > 0
        for joint in range(21):
            assert np.linalg.norm(hand.vertices - hand.joints[joint], axis=1).min() > 1.0
        along = hand.axes[[4, 8, 12, 16, 20], 2]
        for tip, direction in zip((4, 8, 12, 16, 20), along, strict=True):
            end = ((hand.vertices[HAND.weight_joints[:, 0] == tip - 1] - hand.joints[tip]) @ direction).max()
            assert 1.5 < end < 5.0


def test_size_alone_is_a_uniform_scale() -> None:
    coefficients = np.zeros(len(HAND.targets), np.float32)
    coefficients[HAND.target_names.index("size")] = 1.5
    hand = shapes.apply(HAND, coefficients)
    assert np.allclose(hand.vertices, HAND.template * 1.15, atol=0.1)
    assert np.allclose(hand.joints, HAND.joints * 1.15, atol=0.02)
