"""A labelled recording as crops to learn from and crops to be judged on."""

from __future__ import annotations

import numpy as np

from thenar.data.frame import BadFrame, Frame
from thenar.data.recording import JOINTS, Recording
from thenar.errors import ThenarError
from thenar.hand.crop import CUBE_MM, Crop, crop_hand
from thenar.train.data import Batch

CENTER_SIGMA_MM = 10.0
"""Per axis; what a crop's centre is off by, as when it is found and not known."""

READINGS = 4
"""Crops of each frame that teaches, each off by something else."""

JUDGES = 5
"""One frame of so many judges; the last ones, because neighbours look alike."""

LEAST_FRAMES = 2 * JUDGES


def recorded_crops(recording: Recording, seed: int = 0) -> tuple[Batch, Batch]:
    """Crops of the frames that have a hand with 21 known joints: those that teach, and the last fifth's, that judge.

    A left hand is mirrored; of several hands in a frame the first counts.

    Raises:
        ThenarError: there are too few such frames.
    """
    frames = [frame for frame in recording if not isinstance(frame, BadFrame) and _is_labelled(frame)]
    if len(frames) < LEAST_FRAMES:
        raise ThenarError(
            f"has {len(frames)} frames with 21 known joints",
            where=recording.path,
            fix=f"label {LEAST_FRAMES} or more of them in {JOINTS}",
        )
    rng = np.random.default_rng(seed)
    first = len(frames) - len(frames) // JUDGES
    teaching = [_crop(frame, rng) for frame in frames[:first] for _ in range(READINGS)]
    return _batch(teaching), _batch([_crop(frame, rng) for frame in frames[first:]])


def _is_labelled(frame: Frame) -> bool:
    return bool(frame.hands) and bool(np.isfinite(frame.hands[0].joints_mm).all())


def _crop(frame: Frame, rng: np.random.Generator) -> tuple[Crop, Frame]:
    hand = frame.hands[0]
    center = hand.joints_mm.mean(axis=0) + rng.normal(0, CENTER_SIGMA_MM, 3)
    crop = crop_hand(frame.depth_mm, frame.camera, center)
    return (crop.flipped() if hand.side == "left" else crop), frame


def _batch(crops: list[tuple[Crop, Frame]]) -> Batch:
    size = len(crops)
    unseen = np.ones(len(crops[0][1].hands[0].joints_mm), np.bool_)
    return Batch(
        images=np.stack([crop.image[None] for crop, _ in crops]),
        uvd=np.stack([crop.to_uvd(frame.hands[0].joints_mm) for crop, frame in crops]),
        present=np.ones(size, np.bool_),
        visible=np.stack([np.array(frame.hands[0].visible or unseen, np.bool_) for _, frame in crops]),
        cube_mm=np.full(size, CUBE_MM, np.float32),
    )
