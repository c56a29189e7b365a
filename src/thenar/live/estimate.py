"""From a guess where the hand is to 21 joints: crop, network, crop again where the network saw the hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.hand.crop import CROP_SIZE, CUBE_MM, Crop, crop_hand
from thenar.hand.skeleton import JOINT_COUNT
from thenar.run.session import Session

Floats = NDArray[np.float32]
Side = Literal["right", "left"]


QUARTERS: Final = (0, 2, 1, 3)
"""How the image of each pass is turned."""

APART_MM: Final = 40.0
"""Two readings this far apart, in the mean over the joints, have 1/e of their confidence left."""


@dataclass(frozen=True)
class Estimate:
    """joints_mm (21, 3) camera frame; confidence (21,) in [0, 1]; the side the crop was read as.

    Of several readings of one hand this is the mean, and the confidence is less the more they differ.
    """

    joints_mm: Floats
    confidence: Floats
    side: Side

    @property
    def possible(self) -> bool:
        """Whether every joint is a finite point in front of the camera."""
        return bool(np.isfinite(self.joints_mm).all() and self.joints_mm[:, 2].min() > 0)

    @property
    def score(self) -> float:
        """Mean confidence: how much this looks like a hand of that side; 0 for what can't be one."""
        mean = float(self.confidence.mean())
        return mean if mean > 0 and self.possible else 0.0

    @property
    def center_mm(self) -> Floats:
        """(3,) mean of the joints: where the next crop belongs."""
        return self.joints_mm.mean(axis=0)  # type: ignore[no-any-return]


def check_hand_model(session: Session) -> None:
    """Raise ThenarError unless the session maps `depth` 1x1x128x128 to `uvd` 1x21x3 and `confidence` 1x21."""
    shapes = {spec.name: tuple(spec.shape) for spec in (*session.inputs, *session.outputs)}
    wanted = {"depth": (1, 1, CROP_SIZE, CROP_SIZE), "uvd": (1, JOINT_COUNT, 3), "confidence": (1, JOINT_COUNT)}
    for name, shape in wanted.items():
        if shapes.get(name) != shape:
            raise ThenarError(
                f"model has {name} {shapes.get(name, 'missing')}, a hand model needs {name} {shape}",
                fix="use a model written by `thenar export`",
            )


def estimate(
    session: Session,
    depth_mm: NDArray[np.floating],
    camera: Camera,
    center_mm: Floats,
    side: Side,
    passes: int = 2,
    recut_mm: float = 0.0,
) -> Estimate:
    """Joints of the hand near `center_mm` ((3,) mm), read as a `side` hand.

    passes: how often the hand is read, 1 to 4; the cube of every pass after the first is centred on the joints found
    before, if those lie further than `recut_mm` from its middle, and its image is turned by another multiple of 90
    degrees. All readings are averaged: their errors differ, and a network that reads the same thing differently when
    it is turned isn't looking at a hand.
    A left hand is mirrored into the crop, because the network knows right hands.
    """
    cube = _cut(depth_mm, camera, center_mm, side)
    readings: list[Estimate] = []
    for quarters in QUARTERS[:passes]:
        if readings and np.linalg.norm(readings[-1].center_mm - cube.center_mm) > recut_mm:
            cube = _cut(depth_mm, camera, readings[-1].center_mm, side)
        crop = cube.turned(quarters) if quarters else cube
        answer = session.run({"depth": crop.image[None, None]})
        found = Estimate(crop.to_mm(answer["uvd"][0]), answer["confidence"][0], side)
        if not found.possible:
            return found
        readings.append(found)
    return readings[0] if passes == 1 else _averaged(readings)


def _cut(depth_mm: NDArray[np.floating], camera: Camera, center_mm: Floats, side: Side) -> Crop:
    """The cube around a centre, as the crop of a right hand."""
    cube = crop_hand(depth_mm, camera, center_mm, CUBE_MM)
    return cube.flipped() if side == "left" else cube


def _averaged(readings: list[Estimate]) -> Estimate:
    """Several readings as one."""
    each = np.stack([reading.joints_mm for reading in readings])
    joints: Floats = each.mean(axis=0)
    apart_mm = 2 * float(np.linalg.norm(each - joints, axis=2).mean())
    agreement = np.float32(np.exp(-apart_mm / APART_MM))
    confidence: Floats = np.stack([reading.confidence for reading in readings]).mean(axis=0) * agreement
    return Estimate(joints, confidence, readings[0].side)
