"""One hand before one sensor: everything that decides what a depth frame shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import clutter, kinematics, raster, sensors, skin
from thenar.data.clutter import ClutterPlan
from thenar.data.mesh import HandMesh
from thenar.data.sensors import Sensor
from thenar.data.shapes import ShapedHand
from thenar.hand.camera import Camera

Floats = NDArray[np.float32]


NEAREST_MM: Final = 150.0
"""A forearm that leans towards the camera ends this far from it; nearer it would fill the image."""


@dataclass(frozen=True)
class PosedHand:
    """A hand in front of a camera, mm, camera frame.

    vertices (V, 3); faces (F, 3), counter-clockwise seen from outside; joints_mm (21, 3); forearm (3,): to the elbow.
    """

    vertices: Floats
    faces: NDArray[np.int32]
    joints_mm: Floats
    forearm: Floats


@dataclass(frozen=True)
class Rendered:
    """What a sensor reads and what there was.

    depth_mm (h, w): the sensor's reading, 0 = hole. camera: of this (window of a) frame. visible (21,): nothing lies
    before the joint but its own flesh, see `raster.visible`.
    """

    depth_mm: Floats
    camera: Camera
    visible: NDArray[np.bool_]


def place_hand(
    mesh: HandMesh, hand: ShapedHand, angles: Floats, rotation: Floats, center_mm: Floats, mirrored: bool = False
) -> PosedHand:
    """Bend, turn and place a hand.

    angles (21, 3) rad; rotation (3, 3) hand frame -> camera frame; center_mm (3,): where the mean of the joints lies,
    camera frame. mirrored: a left hand, the mirror image (in x) of the right one that the arguments describe.
    """
    rotations, positions = kinematics.forward(hand.joints, hand.axes, angles)
    origin = (center_mm - rotation @ positions.mean(axis=0)).astype(np.float32)
    rotations, positions = kinematics.place(rotations, positions, rotation, origin)
    vertices = np.empty_like(hand.vertices)
    skin.skin(hand.vertices, hand.joints, mesh.weights, mesh.weight_joints, rotations, positions, vertices)
    forearm, faces = rotation[:, 1], mesh.faces
    if mirrored:
        flip = np.array([-1, 1, 1], np.float32)
        about = np.array([2 * center_mm[0], 0, 0], np.float32)
        vertices, positions, forearm = vertices * flip + about, positions * flip + about, forearm * flip
        faces = np.ascontiguousarray(faces[:, ::-1])  # a mirror turns every face round
    return PosedHand(vertices, faces, positions, forearm)


def clear_of_lens(posed: PosedHand) -> PosedHand:
    """The same hand moved away along its line of sight until nothing of it is nearer than `NEAREST_MM`."""
    lack = NEAREST_MM - float(posed.vertices[:, 2].min())
    if lack <= 0:
        return posed
    center = posed.joints_mm.mean(axis=0)
    shift = (center * (lack / center[2])).astype(np.float32)
    return replace(posed, vertices=posed.vertices + shift, joints_mm=posed.joints_mm + shift)


def window_camera(camera: Camera, center_mm: Floats, side_mm: float, max_px: int) -> tuple[Camera, int]:
    """The part of a sensor's image around a cube, thinned out to at most about `max_px` pixels a side.

    Returns the camera of that window and its stride in sensor pixels; the window never leaves the image.
    """
    u, v, z = camera.project(center_mm)
    half_u, half_v = camera.fx * side_mm / 2 / z, camera.fy * side_mm / 2 / z
    stride = max(1, int(np.ceil(2 * max(half_u, half_v) / max_px)))
    left, right = _span(u - half_u, u + half_u, camera.width)
    top, bottom = _span(v - half_v, v + half_v, camera.height)
    window = Camera(
        camera.fx / stride,
        camera.fy / stride,
        (camera.cx - left) / stride,
        (camera.cy - top) / stride,
        max(1, (right - left) // stride),
        max(1, (bottom - top) // stride),
        camera.depth_unit_mm,
    )
    return window, stride


def render(
    posed: PosedHand,
    plan: ClutterPlan | None,
    sensor: Sensor,
    camera: Camera,
    stride: int,
    seed: int,
) -> Rendered:
    """The frame that `sensor` reads through `camera` (its own, or a window of it at `stride`). Deterministic."""
    depth, ids = raster.window(camera.height, camera.width)
    fx, fy, cx, cy = np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32)
    raster.draw(depth, ids, posed.vertices, posed.faces, fx, fy, cx, cy, raster.HAND)
    if plan is not None:
        clutter.draw(depth, ids, fx, fy, cx, cy, plan)
    visible = raster.visible(depth, ids, camera.project(posed.joints_mm))
    return Rendered(sensors.apply(sensor, depth, stride, camera.fx, seed), camera, visible)


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    start = int(np.clip(np.floor(low), 0, size - 1))
    return start, int(np.clip(np.ceil(high), start + 1, size))
