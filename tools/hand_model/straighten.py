"""From MakeHuman's body to a straight adult hand: joint centres, skin weights, and the blend of maps that straightens.

The hand's frame, here and in `hand.npz`: origin in the wrist, x towards the thumb, y towards the forearm, z out of the
back of the hand; mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hand_model.mpfb import Human

Array = NDArray[np.float64]

FOREARM = 21
PARENTS = (-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
FIRST_JOINTS = (1, 5, 9, 13, 17)

# MakeHuman puts the knuckles level with the webs between the fingers; they lie this share of the way to the wrist.
KNUCKLE_SHIFT = 0.11
# The thumb's saddle joint: shares of wrist -> rig's first thumb joint, and of first -> second; the rig's own lies in
# the middle of the metacarpal. The thumb's MCP: share of rig's second -> third.
THUMB_CMC = (0.50, 0.35)
THUMB_MCP = 0.14
TIP_DEPTH_MM = 3.0
KNUCKLE_DEPTH_MM = 3.5
CENTRING = 0.75  # the bones lie a little to the back of the flesh, so not all of the way

# Bone lengths of adults in mm: Buryanov & Kotiuk, Proportions of hand segments, Int. J. Morphol. 28 (2010), means of
# both sexes from X-rays. Distal: bone and flesh less TIP_DEPTH_MM. Proximal: 3 mm more, from the knuckle's centre of
# rotation instead of the joint's gap.
BONE_MM = {
    2: 46.2, 3: 31.6 + 2.0, 4: 21.7 + 5.7 - TIP_DEPTH_MM,
    6: 39.8 + 3.0, 7: 22.4, 8: 15.8 + 3.8 - TIP_DEPTH_MM + 2.0,
    10: 44.6 + 3.0, 11: 26.3, 12: 17.4 + 4.0 - TIP_DEPTH_MM + 2.0,
    14: 41.4 + 3.0, 15: 25.7, 16: 17.3 + 4.0 - TIP_DEPTH_MM + 2.0,
    18: 32.7 + 3.0, 19: 18.1, 20: 16.0 + 3.7 - TIP_DEPTH_MM + 2.0,
}  # fmt: skip
WRIST_TO_MIDDLE_MCP_MM = 90.0
PALM_BREADTH_SCALE = 1.05
FOREARM_SCALE = 1.12

# Directions of straight fingers in the palm's plane, degrees from the third metacarpal towards the thumb.
FAN_DEG = {5: 4.0, 9: 0.0, 13: -4.0, 17: -9.0}
# Direction of the straight thumb at zero angles: degrees from the third metacarpal outwards in the palm's plane, and
# out of that plane towards the palm's side. MakeHuman's, 42 and 23, is already on its way into opposition.
THUMB_RADIAL_DEG, THUMB_PALMAR_DEG = 42.0, 10.0
# How far the axes about which fingers bend are tilted out of the palm's plane: half of the slope of the knuckles' arch.
HINGE_TILT_DEG = {5: -6.0, 9: -1.0, 13: 5.0, 17: 11.0}


@dataclass(frozen=True)
class Build:
    """What stays the same for every shape: weights (N, 22), and per segment the stretch along its bone."""

    weights: Array
    stretch: Array  # (22,)
    palm: Array  # (3,) scales of the palm along x, y, z
    forearm: float = FOREARM_SCALE


def raw_joints(human: Human, vertices: Array) -> Array:
    """(N, 3) mm whole body -> (21, 3) mm joint centres of its right hand, by anatomy, tips still on the surface."""
    names = ["joint-r-hand"] + [f"joint-r-finger-{f}-{k}" for f in range(1, 6) for k in range(1, 5)]
    rig = np.array([vertices[human.group(name)].mean(0) for name in names])
    joints = rig.copy()
    for j in FIRST_JOINTS[1:]:
        joints[j] += KNUCKLE_SHIFT * (rig[0] - rig[j])
    joints[1] = rig[0] + THUMB_CMC[0] * (rig[1] - rig[0]) + THUMB_CMC[1] * (rig[2] - rig[1])
    joints[2] = rig[2] + THUMB_MCP * (rig[3] - rig[2])
    return joints


def palm_frame(joints: Array) -> Array:
    """(21, 3) -> (3, 3) rows: towards the thumb, towards the forearm, out of the back of the hand."""
    y = unit(joints[0] - joints[9])
    x = joints[5] - joints[17]
    x = unit(x - (x @ y) * y)
    return np.array([x, y, np.cross(x, y)])


def unit(v: Array) -> Array:
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


def direction(radial_deg: float, palmar_deg: float) -> Array:
    """The unit direction that far from the third metacarpal: outwards in the palm's plane, then to the palm's side."""
    radial, palmar = np.radians((radial_deg, palmar_deg))
    return np.array([np.sin(radial) * np.cos(palmar), -np.cos(radial) * np.cos(palmar), -np.sin(palmar)])


def turn(a: Array, b: Array) -> Array:
    """The smallest rotation (3, 3) that takes direction a to direction b."""
    a, b = unit(a), unit(b)
    v = np.cross(a, b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.asarray(np.eye(3) + k + k @ k / (1 + a @ b))


def smoothstep(x: Array, low: float, high: float) -> Array:
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def fold_weights(human: Human, vertices: Array, joints: Array) -> Array:
    """(N, 22) weights of our segments: the rig's, but split where our knuckles and thumb joints are."""
    w = human.rig_weights
    total = np.zeros((len(vertices), 22))
    rays = np.stack(
        [w("finger1-1") + w("finger1-2") + w("finger1-3")]
        + [sum(w(f"finger{f}-{k}") for k in (1, 2, 3)) + w(f"metacarpal{f - 1}") for f in range(2, 6)],
        axis=1,
    )
    fingers = np.stack([sum(w(f"finger{f}-{k}") for k in (1, 2, 3)) for f in range(1, 6)], axis=1)
    palm = w("wrist") + rays.sum(1)
    share = rays[:, 1:] / np.maximum(rays[:, 1:].sum(1, keepdims=True), 1e-9)
    for f in range(2, 6):
        j = FIRST_JOINTS[f - 1]
        along = (vertices - joints[j]) @ unit(joints[j + 1] - joints[j])
        whole = share[:, f - 2] * rays[:, 1:].sum(1) * smoothstep(along, -11.0, 9.0)
        middle, distal = w(f"finger{f}-2"), w(f"finger{f}-3")
        finger = np.maximum(fingers[:, f - 1], 1e-9)
        total[:, j + 1] = whole * middle / finger
        total[:, j + 2] = whole * distal / finger
        total[:, j] = whole - total[:, j + 1] - total[:, j + 2]
    along = (vertices - joints[2]) @ unit(joints[3] - joints[2])
    phalanges = rays[:, 0] * smoothstep(along, -9.0, 9.0)
    total[:, 3] = np.minimum(w("finger1-3"), phalanges)
    total[:, 2] = phalanges - total[:, 3]
    total[:, 1] = rays[:, 0] - phalanges
    total[:, 0] = palm - total[:, 1:21].sum(1)
    total[:, FOREARM] = w("lowerarm01") + w("lowerarm02")
    total[np.setdiff1d(np.arange(len(total)), human.quads)] = 0.0  # helper geometry, such as the cubes at joints
    return np.asarray(total / np.maximum(total.sum(1, keepdims=True), 1e-9))


def section_middle(points: Array, along: Array, back: Array) -> Array:
    """The middle of the box around `points`, one of its edges along a bone: blind to where vertices crowd."""
    side = unit(np.cross(along, back))
    axes = np.array([along, side, np.cross(side, along)])
    inside = points @ axes.T
    return np.asarray((inside.min(0) + inside.max(0)) / 2 @ axes)


def centre_joints(vertices: Array, joints: Array, weights: Array) -> Array:
    """Joints brought from where the rig has them, close below the back's skin, towards the middle of the flesh.

    Knuckles go KNUCKLE_DEPTH_MM deeper. The fingers' other joints go CENTRING of the way to the middle of the section
    through them, and tips to the middle of the finger's end, TIP_DEPTH_MM inside it.
    """
    joints = joints.copy()
    back = palm_frame(joints)[2]
    joints[[5, 9, 13, 17]] -= KNUCKLE_DEPTH_MM * back
    for tip in range(4, 21, 4):
        finger = vertices[weights[:, tip - 3 : tip].sum(1) > 0.9]
        for j in (tip - 1,) if tip == 4 else (tip - 2, tip - 1):
            along = unit(joints[j + 1] - joints[j - 1])
            off = (finger - joints[j]) @ along
            middle = section_middle(finger[np.abs(off) < 5.0], along, back)
            shift = middle - joints[j]
            joints[j] += CENTRING * (shift - (shift @ along) * along)
        end = vertices[weights[:, tip - 1] > 0.9]
        for _ in range(3):  # the direction and the middle depend on each other
            along = unit(joints[tip] - joints[tip - 1])
            depth = (end - joints[tip - 1]) @ along
            middle = section_middle(end[depth > depth.max() - 7.0], along, back)
            joints[tip] = middle + along * (depth.max() - TIP_DEPTH_MM - (middle - joints[tip - 1]) @ along)
    return joints


def straighten(human: Human, vertices: Array, build: Build) -> tuple[Array, Array]:
    """(N, 3) mm whole body -> the same vertices around a straight hand, and its joints (21, 3): hand's frame, mm."""
    joints = centre_joints(vertices, raw_joints(human, vertices), build.weights)
    elbow = vertices[human.group("joint-r-elbow")].mean(0)
    frame = palm_frame(joints)
    vertices, elbow, joints = ((points - joints[0]) @ frame.T for points in (vertices, elbow, joints))

    maps = np.zeros((22, 3, 3))
    maps[0] = np.diag(build.palm)
    maps[FOREARM] = np.diag([1.0, build.forearm, 1.0]) @ turn(elbow, np.array([0.0, 1.0, 0.0]))
    posed = np.zeros((21, 3))
    for j in range(1, 21):
        parent = PARENTS[j]
        posed[j] = posed[parent] + maps[parent] @ (joints[j] - joints[parent])
        if j % 4 == 0:
            continue
        along = direction(*((THUMB_RADIAL_DEG, THUMB_PALMAR_DEG) if j <= 3 else (FAN_DEG[j - (j - 1) % 4], 0.0)))
        maps[j] = (np.eye(3) + (build.stretch[j] - 1) * np.outer(along, along)) @ turn(joints[j + 1] - joints[j], along)
    out = np.zeros_like(vertices)
    for k in range(22):
        anchor = 0 if k == FOREARM else k
        out += build.weights[:, k : k + 1] * ((vertices - joints[anchor]) @ maps[k].T + posed[anchor])
    return out, posed


def adult_build(human: Human, template: Array) -> Build:
    """The stretches that bring the template's bones to BONE_MM and its palm to WRIST_TO_MIDDLE_MCP_MM."""
    weights = fold_weights(human, template, raw_joints(human, template))
    plain = Build(weights, np.ones(22), np.ones(3), 1.0)
    _, joints = straighten(human, template, plain)
    stretch = np.ones(22)
    for child, length in BONE_MM.items():
        parent = PARENTS[child]
        stretch[parent] = length / np.linalg.norm(joints[child] - joints[parent])
    palm = np.array([PALM_BREADTH_SCALE, WRIST_TO_MIDDLE_MCP_MM / -joints[9, 1], 1.0])
    return Build(weights, stretch, palm)


def hinges(vertices: Array, joints: Array, weights: Array) -> Array:
    """(21, 3) unit directions about which joints flex, before they are made square to their bones.

    Fingers: the palm's width, tilted by the arch of the knuckles, so that bent fingers close up. Thumb: its CMC flexes
    in the palm's plane, its other joints about the width of its nail, the wide axis of the section through its end.
    """
    out = np.zeros((21, 3))
    out[:, 0] = 1.0
    for mcp, tilt in HINGE_TILT_DEG.items():
        out[mcp : mcp + 4] = np.cos(np.radians(tilt)), 0.0, np.sin(np.radians(tilt))
    out[1] = 0.0, 0.0, -1.0
    along = unit(joints[4] - joints[3])
    end = vertices[weights[:, 3] > 0.8] - joints[3]
    depth = end @ along
    end = (end - np.outer(depth, along))[depth > 0.2 * depth.max()]
    _, axes = np.linalg.eigh(np.cov(end.T))  # rising: the bone's direction, the thickness, the width
    width = axes[:, 2]
    out[2:5] = width * -np.sign(width[2])
    return out
