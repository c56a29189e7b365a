"""The hand model: a right hand and forearm as a mesh, its joints, and the shapes it takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from thenar.hand.skeleton import FINGERS

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class HandMesh:
    """A right hand and forearm at rest: fingers straight and in the palm's plane, thumb out. mm.

    Frame: the wrist's centre at the origin, x towards the thumb's side, y towards the forearm, z out of the back of the
    hand. With no rotation, a camera (x right, y down, z forward) sees the palm, fingers up.

    template (V, 3): the surface of the mean adult, closed, the last vertex being the middle of the forearm's lid.
    targets (S, V, 3), target_names (S): what a coefficient of 1 adds to it.
    faces (F, 3): triangles, counter-clockwise seen from outside.
    weights (V, 4): skin weights, falling along a row, sum 1. weight_joints (V, 4): their transforms: 0..20 the
        segment below that joint, 21 the forearm, `skin.BEND` + j half of joint j's turn.
    joints (21, 3): joint centres; tips lie in the middle of the finger's end, 3 mm inside.
    joint_targets (S, 21, 3): how they move with the shape.
    hinges (21, 3): about which joints flex, before `rest_axes` makes them square to the bones.
    axes (21, 3, 3): unit flex, abduct and twist axes as rows, of the template.
    """

    template: Floats
    targets: Floats
    target_names: tuple[str, ...]
    faces: NDArray[np.int32]
    weights: Floats
    weight_joints: NDArray[np.int8]
    joints: Floats
    joint_targets: Floats
    hinges: Floats
    axes: Floats


@lru_cache(maxsize=1)
def load() -> HandMesh:
    """The hand model of this package, made by `tools/extract_hand.py`. Its arrays are shared: never write there."""
    with files("thenar.data").joinpath("assets/hand.npz").open("rb") as stream, np.load(stream) as stored:
        data = dict(stored)
    weights = data["weights"].astype(np.float32)
    return HandMesh(
        template=data["template"],
        targets=data["targets"].astype(np.float32),
        target_names=tuple(str(name) for name in data["target_names"]),
        faces=data["faces"].astype(np.int32),
        weights=weights / weights.sum(axis=1, keepdims=True),
        weight_joints=data["weight_joints"],
        joints=data["joints"],
        joint_targets=data["joint_targets"],
        hinges=data["hinges"],
        axes=rest_axes(data["joints"], data["hinges"]),
    )


def rest_axes(joints: Floats, hinges: Floats) -> Floats:
    """(21, 3) mm joints at rest and (21, 3) hinges -> (21, 3, 3): unit flex, abduct and twist axes of joints, as rows.

    Twist points along the bone below the joint; flex is the hinge made square to it; abduct = twist x flex. The wrist's
    bone is the third metacarpal; a tip takes the axes of the joint above it. By the right-hand rule, positive flex
    curls towards the palm, positive abduction leads to the thumb's side. At the thumb's CMC flexion leads across the
    palm, abduction out of its plane, and pronation (the pad turning to the fingers, as in a pinch) is negative twist.
    """
    bones = np.empty((len(joints), 3))
    bones[0] = joints[9] - joints[0]
    for cmc, mcp, pip, tip in FINGERS.values():
        bones[[cmc, mcp, pip]] = joints[[mcp, pip, tip]] - joints[[cmc, mcp, pip]]
        bones[tip] = bones[pip]
    twist = bones / np.linalg.norm(bones, axis=1, keepdims=True)
    flex = hinges - (hinges * twist).sum(axis=1, keepdims=True) * twist
    flex /= np.linalg.norm(flex, axis=1, keepdims=True)
    return np.stack([flex, np.cross(twist, flex), twist], axis=1).astype(np.float32)
