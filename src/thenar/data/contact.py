"""Fingers through each other: a hand as 19 capsules, and how deep any two of them sink into one another."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit

REFERENCE_PALM_MM: Final = 90.0
"""Wrist to middle MCP of the hand that the radii belong to; another hand's radii scale with this length."""

FLESH_MM: Final = 4.0
"""How far two capsules may sink into each other: soft tissue gives way, and a finger is not quite a capsule."""

CAPSULES: Final[tuple[tuple[int, int, float], ...]] = (
    (0, 5, 10.0), (0, 9, 10.0), (0, 13, 10.0), (0, 17, 10.0),
    (1, 2, 12.0), (2, 3, 9.5), (3, 4, 8.5),
    (5, 6, 9.5), (6, 7, 9.0), (7, 8, 7.5),
    (9, 10, 10.0), (10, 11, 9.0), (11, 12, 7.0),
    (13, 14, 9.5), (14, 15, 8.0), (15, 16, 6.5),
    (17, 18, 8.0), (18, 19, 6.5), (19, 20, 6.0),
)  # fmt: skip
"""(joint, joint, radius mm): the four metacarpals that make the palm, then thumb, index, middle, ring, little.

Radii: the median distance of the mean hand's skin from each bone."""

PALM_DEPTH_MM: Final = 14.0
"""From the metacarpals to the palm's skin, its softest flesh taken off, for all that bends into the palm. Only the
proximal phalanx of the thumb, which lies at the palm's edge, meets the metacarpals' own radius."""

_TIPS: Final = (6, 9, 12, 15, 18)
_TIP_SHARE: Final = 0.8
"""A tip joint lies near the skin: its capsule ends earlier, so that the cap and not the axis reaches the fingertip."""


def _pairs() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The capsule pairs that can meet, with the least distance of their axes in mm on the reference hand."""
    finger = [-1] * 4 + [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    place = [0] * 4 + [0, 1, 2] * 5
    pairs, distances = [], []
    for a in range(len(CAPSULES)):
        for b in range(a + 1, len(CAPSULES)):
            palm_and_own_root = finger[a] == -1 and (finger[b] <= 0 or place[b] == 0) and (b not in (5, 6))
            roots_side_by_side = place[a] == 0 and place[b] == 0 and finger[b] - finger[a] == 1
            if finger[a] == finger[b] or palm_and_own_root or roots_side_by_side:
                continue
            pairs.append((a, b))
            own = PALM_DEPTH_MM if finger[a] == -1 and b != 5 else CAPSULES[a][2]
            distances.append(own + CAPSULES[b][2] - FLESH_MM)
    return np.array(pairs), np.array(distances)


_PAIRS, _LEAST = _pairs()
_ENDS = np.array([(a, b) for a, b, _ in CAPSULES])
_IS_TIP = np.array([i in _TIPS for i in range(len(CAPSULES))])


@jit
def _squared_distance(p: NDArray[np.float64], q: NDArray[np.float64], a: int, b: int) -> float:
    """Squared distance of segments a and b, each from p[i] to q[i] (Ericson, Real-Time Collision Detection, 5.1.9)."""
    ux, uy, uz = q[a, 0] - p[a, 0], q[a, 1] - p[a, 1], q[a, 2] - p[a, 2]
    vx, vy, vz = q[b, 0] - p[b, 0], q[b, 1] - p[b, 1], q[b, 2] - p[b, 2]
    wx, wy, wz = p[a, 0] - p[b, 0], p[a, 1] - p[b, 1], p[a, 2] - p[b, 2]
    uu = ux * ux + uy * uy + uz * uz + 1e-9
    vv = vx * vx + vy * vy + vz * vz + 1e-9
    uv = ux * vx + uy * vy + uz * vz
    uw = ux * wx + uy * wy + uz * wz
    vw = vx * wx + vy * wy + vz * wz
    det = uu * vv - uv * uv
    s = min(max((uv * vw - uw * vv) / det, 0.0), 1.0) if det > 1e-9 else 0.0
    t = (uv * s + vw) / vv
    if t < 0.0:
        t = 0.0
        s = min(max(-uw / uu, 0.0), 1.0)
    elif t > 1.0:
        t = 1.0
        s = min(max((uv - uw) / uu, 0.0), 1.0)
    dx, dy, dz = wx + s * ux - t * vx, wy + s * uy - t * vy, wz + s * uz - t * vz
    return float(dx * dx + dy * dy + dz * dz)


@jit
def depth_mm(joints: NDArray[np.float32]) -> float:
    """How deep the fingers of posed joints (21, 3) mm sink into each other or the palm, beyond what flesh allows.

    0 = nowhere; millimetres on the reference hand (any frame, any hand size). Neighbouring proximal phalanges and the
    thumb's metacarpal beside the palm are exempt: they touch in every hand.
    """
    length = 0.0
    for k in range(3):
        length += (joints[9, k] - joints[0, k]) ** 2
    scale = REFERENCE_PALM_MM / np.sqrt(length)
    p, q = np.empty((19, 3)), np.empty((19, 3))
    for i in range(19):
        share = _TIP_SHARE if _IS_TIP[i] else 1.0
        for k in range(3):
            start, end = joints[_ENDS[i, 0], k], joints[_ENDS[i, 1], k]
            p[i, k] = start * scale
            q[i, k] = (start + (end - start) * share) * scale
    deepest = 0.0
    for n in range(_PAIRS.shape[0]):
        least = _LEAST[n] - deepest
        squared = _squared_distance(p, q, _PAIRS[n, 0], _PAIRS[n, 1])
        if squared < least * least:
            deepest = _LEAST[n] - np.sqrt(squared)
    return deepest


def deepest_pair(joints: NDArray[np.float32]) -> tuple[int, int, float]:
    """The two capsules (rows of `CAPSULES`) that sink deepest into each other, and how deep in mm; for people."""
    scale = REFERENCE_PALM_MM / float(np.linalg.norm(joints[9] - joints[0]))
    ends = joints[_ENDS].astype(np.float64) * scale
    ends[_IS_TIP, 1] = ends[_IS_TIP, 0] + (ends[_IS_TIP, 1] - ends[_IS_TIP, 0]) * _TIP_SHARE
    depths = [
        least - _squared_distance(ends[:, 0], ends[:, 1], a, b) ** 0.5
        for (a, b), least in zip(_PAIRS, _LEAST, strict=True)
    ]
    worst = int(np.argmax(depths))
    return int(_PAIRS[worst, 0]), int(_PAIRS[worst, 1]), float(depths[worst])
