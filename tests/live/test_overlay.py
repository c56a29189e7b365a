from __future__ import annotations

import numpy as np
import pytest

from thenar.hand.camera import Camera
from thenar.live.overlay import FINGER_COLOURS, overlay

CAMERA = Camera(100.0, 100.0, 79.5, 59.5, 160, 120)


def hand(z: float = 500.0) -> np.ndarray:
    """Five fingers side by side, 30 mm apart, joints 20 mm apart along them."""
    joints = np.zeros((21, 3), np.float32)
    for finger in range(5):
        for bone in range(4):
            joints[1 + 4 * finger + bone] = 30 * (finger - 2), 40 - 20 * bone, 0
    joints[0, 1] = 80
    joints[:, 2] = z
    return joints


def test_every_joint_is_drawn_in_its_fingers_colour():
    picture = overlay(np.full((120, 160), 500, np.float32), CAMERA, hand())
    assert picture.size == (160, 120) and picture.mode == "RGB"
    for joint, (u, v, _) in enumerate(CAMERA.project(hand())):
        colour = picture.getpixel((round(float(u)), round(float(v))))
        assert colour == ((255, 255, 255) if joint == 0 else list(FINGER_COLOURS.values())[(joint - 1) // 4])


def test_near_is_brighter_than_far_and_a_hole_is_black():
    depth = np.full((120, 160), 500, np.float32)
    depth[:, :40], depth[:, 40:80], depth[:, 80:120] = 0, 420, 600
    columns = [overlay(depth, CAMERA, hand()).getpixel((x, 0))[0] for x in (20, 60, 140, 100)]
    assert columns[0] == 0 and columns[1] > columns[2] > columns[3] > 0


@pytest.mark.parametrize("depth", [0, np.nan, np.inf, 700], ids=str)
def test_a_frame_without_a_hand_is_shown_too(depth):
    picture = np.asarray(overlay(np.full((120, 160), depth, np.float32), CAMERA, None))
    assert picture.shape == (120, 160, 3) and (picture.max() > 0) == (depth == 700)


@pytest.mark.parametrize("z", [-500.0, 0.0, np.nan, 1e-30])
def test_joints_that_are_no_place_in_the_picture_are_left_out(z):
    with np.errstate(all="ignore"):
        assert overlay(np.zeros((120, 160), np.float32), CAMERA, hand(z)).size == (160, 120)


def test_the_caption_is_written():
    plain, captioned = (np.asarray(overlay(np.zeros((120, 160)), CAMERA, None, text)) for text in ("", "000007.png"))
    assert (captioned != plain).any() and captioned[40:].max() == 0


def test_all_hands_are_drawn():
    other = hand() - np.float32([60, 30, 0])
    picture = overlay(np.full((120, 160), 500, np.float32), CAMERA, np.stack([hand(), other]))
    for joints in (hand(), other):
        u, v, _ = CAMERA.project(joints)[0]
        assert picture.getpixel((round(float(u)), round(float(v)))) == (255, 255, 255)
