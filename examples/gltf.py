"""A hand's motion as a glTF file, for Blender or a browser: a node for each joint, moved by one animation.

python examples/gltf.py recordings/demo hand.gltf
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

import thenar.live
from thenar.hand.skeleton import JOINTS, PARENTS
from thenar.live.pipeline import LiveFrame

FLOAT, TRIANGLES = 5126, 4
TO_GLTF = np.array((0.001, -0.001, -0.001))
"""mm with y down and z forward -> glTF's metres with y up and z backward."""

MARK = np.array([(0, 5, 0), (5, 0, 0), (0, 0, 5), (-5, 0, 0), (0, 0, -5), (0, -5, 0)], np.float32) / 1000
FACES = [(0, 2, 1), (0, 3, 2), (0, 4, 3), (0, 1, 4), (5, 1, 2), (5, 2, 3), (5, 3, 4), (5, 4, 1)]
"""An octahedron of 5 mm that marks a joint; its corners, counter-clockwise from outside."""


def gltf(frames: Iterable[LiveFrame]) -> dict:
    """A glTF 2.0 document of the first hand that is seen, as long as it is followed; its data inside."""
    seen = [(frame.time_s, hand.hand) for frame in frames for hand in frame.hands]
    seen = [(time_s, hand) for time_s, hand in seen if hand.id == seen[0][1].id]
    times = np.array([time_s - seen[0][0] for time_s, _ in seen], np.float32)
    places = np.stack([hand.joints_mm for _, hand in seen]) * TO_GLTF  # (T, 21, 3) m
    local = np.stack([places[:, j] - (places[:, p] if p >= 0 else 0) for j, p in enumerate(PARENTS)])
    arrays = [MARK[np.array(FACES)].reshape(-1, 3), times[:, None], *local.astype(np.float32)]
    nodes = [{"name": name, "mesh": 0, "translation": local[j, 0].tolist()} for j, name in enumerate(JOINTS)]
    for j, node in enumerate(nodes):
        if children := [child for child, parent in enumerate(PARENTS) if parent == j]:
            node["children"] = children
    targets = [{"sampler": j, "target": {"node": j, "path": "translation"}} for j in range(len(JOINTS))]
    data = b"".join(array.tobytes() for array in arrays)
    starts = np.cumsum([0] + [array.nbytes for array in arrays]).tolist()
    accessors = [
        {"bufferView": i, "componentType": FLOAT, "count": len(array), "type": "SCALAR" if i == 1 else "VEC3",
         "min": array.min(0).tolist(), "max": array.max(0).tolist()}
        for i, array in enumerate(arrays)
    ]  # fmt: skip
    return {
        "asset": {"version": "2.0", "generator": "thenar"},
        "scene": 0, "scenes": [{"nodes": [0]}], "nodes": nodes,
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "mode": TRIANGLES}]}],
        "animations": [{"channels": targets, "samplers": [{"input": 1, "output": j + 2} for j in range(len(JOINTS))]}],
        "accessors": accessors,
        "bufferViews": [
            {"buffer": 0, "byteOffset": start, "byteLength": a.nbytes} for start, a in zip(starts, arrays, strict=False)
        ],
        "buffers": [
            {"byteLength": len(data), "uri": "data:application/octet-stream;base64," + base64.b64encode(data).decode()}
        ],
    }  # fmt: skip


if __name__ == "__main__":
    with thenar.live.open(sys.argv[1]) as hands:
        Path(sys.argv[2]).write_text(json.dumps(gltf(hands)))
