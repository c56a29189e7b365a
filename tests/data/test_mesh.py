"""The hand model as stored: a closed surface, weights that share out, joints where anatomy has them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from thenar.data import mesh, skin
from thenar.hand.skeleton import BONES, FINGERS, MCPS, TIPS

HAND = mesh.load()


def test_size_stays_within_what_skinning_and_drawing_are_budgeted_for() -> None:
    assert 1000 <= len(HAND.template) <= 2500
    assert len(HAND.faces) <= 5000


def test_surface_is_closed_and_every_edge_is_shared_by_two_faces() -> None:
    edges = Counter((int(a), int(b)) for face in HAND.faces for a, b in zip(face, np.roll(face, -1), strict=True))
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    assert len(HAND.template) - len(edges) // 2 + len(HAND.faces) == 2  # Euler: one piece without handles


def test_faces_look_outward() -> None:
    corners = HAND.template[HAND.faces].astype(np.float64)
    litres = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6e6
    assert 0.7 < litres < 1.3  # a hand is about 0.35 l, the 22 cm of forearm 0.6 l


def test_no_face_is_a_sliver_of_nothing() -> None:
    corners = HAND.template[HAND.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert area.min() > 1e-3


def test_weights_sum_to_one_and_fall_along_a_row() -> None:
    assert np.allclose(HAND.weights.sum(axis=1), 1, atol=1e-6)
    assert (HAND.weights >= 0).all()
    assert (np.diff(HAND.weights, axis=1) <= 0).all()


def test_every_segment_but_the_tips_carries_skin() -> None:
    carrying = set(HAND.weight_joints[HAND.weights > 0].tolist())
    bent = set(range(21)) - set(TIPS)
    assert carrying == bent | {21} | {skin.BEND + j for j in bent}


def test_vertices_hang_on_segments_near_them() -> None:
    """The strongest segment of a finger's vertex is never another finger's whose bones are much nearer."""
    strongest = HAND.weight_joints[:, 0]
    for bones in FINGERS.values():
        mine = np.isin(strongest, bones[1:3])
        others = [j for f in FINGERS.values() if f != bones for j in f[1:]]
        to_mine = np.linalg.norm(HAND.template[mine, None] - HAND.joints[list(bones)], axis=2).min(axis=1)
        to_others = np.linalg.norm(HAND.template[mine, None] - HAND.joints[others], axis=2).min(axis=1)
        assert (to_mine < to_others + 12).all()


def test_forearm_is_long_enough() -> None:
    assert HAND.template[:, 1].max() >= 200
    assert (HAND.weight_joints[HAND.template[:, 1] > 60, 0] == 21).all()


def test_it_is_a_right_hand_with_the_palm_to_the_camera() -> None:
    assert np.allclose(HAND.joints[0], 0)
    assert HAND.joints[4, 0] > 60  # thumb to the image's right
    assert HAND.joints[12, 1] < -150  # fingers up
    assert HAND.joints[4, 2] < HAND.joints[9, 2]  # thumb nearer to the camera than the knuckles
    assert (np.diff(HAND.joints[list(MCPS), 0]) < 0).all()  # index to little from the thumb's side on


@pytest.mark.parametrize("finger", ["index", "middle", "ring", "little"])
def test_fingers_are_straight_and_in_one_plane(finger: str) -> None:
    mcp, pip, dip, tip = (HAND.joints[j].astype(np.float64) for j in FINGERS[finger])
    along = (tip - mcp) / np.linalg.norm(tip - mcp)
    for joint in (pip, dip):
        assert np.linalg.norm(np.cross(joint - mcp, along)) < 0.1
    assert abs(along[2]) < 1e-3
    assert abs(np.degrees(np.arctan2(along[0], -along[1]))) < 10


def test_bones_have_the_lengths_of_adults() -> None:
    """Buryanov & Kotiuk 2010, means in mm; a centimetre for the palm, whose metacarpals start beyond the wrist."""
    expected = {2: 46.2, 3: 31.6, 4: 24.4, 9: 90.0, 10: 44.6, 11: 26.3, 12: 18.4, 6: 39.8, 7: 22.4, 18: 32.7, 19: 18.1}
    length = {c: float(np.linalg.norm(HAND.joints[c] - HAND.joints[p])) for p, c in BONES}
    for joint, mm in expected.items():
        assert length[joint] == pytest.approx(mm, abs=4.0), joint


def test_joints_lie_inside_the_flesh_and_tips_three_millimetres_deep() -> None:
    for joint in range(21):
        nearest = np.linalg.norm(HAND.template - HAND.joints[joint], axis=1).min()
        assert nearest > 2.0, joint
    for tip in TIPS:
        along = HAND.axes[tip, 2]
        finger = HAND.template[HAND.weight_joints[:, 0] == tip - 1]
        depth = ((finger - HAND.joints[tip]) @ along).max()
        assert depth == pytest.approx(3.0, abs=0.8), tip


def test_axes_are_orthonormal_and_right_handed() -> None:
    assert np.allclose(HAND.axes @ HAND.axes.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.allclose(np.linalg.det(HAND.axes), 1, atol=1e-5)


def test_targets_move_vertices_and_joints_together() -> None:
    """Joints of fingers stay in their flesh, whatever a target does to the hand."""
    assert len(HAND.target_names) == len(HAND.targets) == len(HAND.joint_targets)
    assert not HAND.joint_targets[:, 0].any()  # the wrist stays the origin
    for target, moved in zip(HAND.targets, HAND.joint_targets, strict=True):
        for joint in (j for finger in FINGERS.values() for j in finger[1:]):
            near = np.argsort(np.linalg.norm(HAND.template - HAND.joints[joint], axis=1))[:12]
            assert np.linalg.norm(target[near].mean(axis=0) - moved[joint]) < 2.5
