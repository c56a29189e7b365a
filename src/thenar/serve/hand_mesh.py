"""The hand model as the page reads it: one small binary, made from the model that training data are drawn with."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.mesh import HandMesh, load

MAGIC: Final = b"THNM"
VERSION: Final = 1
HEADER: Final = struct.Struct("<4sIII")
"""magic, version, vertices, triangles; little endian, 16 bytes."""

FOREARM_MM: Final = 42.0
"""What is shown of the forearm: joints say where a wrist is, not where the arm behind it leads."""

BULGE_MM: Final = 7.0
"""How far the middle of the forearm's end stands out."""

Faces = NDArray[np.int32]


@lru_cache(maxsize=1)
def hand_binary() -> bytes:
    """`HEADER`, then, all little endian: joints at rest and their flex axes (21 x 3 float32 each), vertices at rest
    (V x 3 float32), four bones (V x 4 uint8) and their weights (V x 4 uint8, sum 255), triangles (F x 3 uint16).

    Frame and bones are those of `thenar.data.mesh.HandMesh`, in mm.
    """
    model = load()
    template, bones, weights, faces = cut(model)
    shares = np.rint(weights * 255).astype(np.int64)
    shares[:, 0] += 255 - shares.sum(axis=1)
    parts = (
        model.joints.astype("<f4"),
        model.axes[:, 0].astype("<f4"),
        template.astype("<f4"),
        bones.astype("u1"),
        shares.astype("u1"),
        faces.astype("<u2"),
    )
    header = HEADER.pack(MAGIC, VERSION, len(template), len(faces))
    return header + b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def cut(model: HandMesh) -> tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.float32], Faces]:
    """The model up to `FOREARM_MM` below the wrist, closed: vertices (V, 3) mm, bones (V, 4), weights (V, 4), faces."""
    kept = model.faces[(model.template[model.faces][:, :, 1] < FOREARM_MM).all(axis=1)]
    edges = {(int(a), int(b)) for face in kept for a, b in zip(face, np.roll(face, -1), strict=True)}
    rim = sorted((b, a) for a, b in edges if (b, a) not in edges)
    used = np.unique(kept)
    place = np.full(len(model.template), -1)
    place[used] = np.arange(len(used))
    lid = np.array([(place[a], place[b], len(used)) for a, b in rim])

    edge = np.unique(np.array(rim))
    template = model.template.copy()
    template[edge, 1] = FOREARM_MM  # a straight end
    middle = template[edge].mean(axis=0) + np.array((0.0, BULGE_MM, 0.0), np.float32)
    return (
        np.concatenate([template[used], middle[None]]),
        np.concatenate([model.weight_joints[used], model.weight_joints[edge[:1]]]),
        np.concatenate([model.weights[used], model.weights[edge[:1]]]),
        np.concatenate([place[kept], lid]).astype(np.int32),
    )
