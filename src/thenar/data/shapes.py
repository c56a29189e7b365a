"""Shapes of adult and teenage hands: drawing their coefficients, and the hand that coefficients describe."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import mesh
from thenar.data.mesh import HandMesh

Floats = NDArray[np.float32]

_MCP, _TIP = 9, 12

WRIST_TO_MCP_MM: Final = (70.0, 110.0)
WRIST_TO_TIP_MM: Final = (150.0, 220.0)
"""Lengths to the middle finger's knuckle and tip that a drawn hand may have.

Adults: hand length 188 (sd 9) mm in men and 172 (sd 9) in women (Greiner, Hand Anthropometry of U.S. Army Personnel,
Natick TR-92/011, 1991), at the wrist's centre and a tip 3 mm inside about the same less 3; the range reaches 2.5 sd
below small women, where teenagers are, and 3 sd above men.
"""

# Coefficients: (low, high, whether evenly within or a bell with its 2.2 sigma there).
_SPREAD: Final[dict[str, tuple[float, float, bool]]] = {
    "size": (-2.0, 2.1, True),
    "male": (-1.3, 1.3, True),
    "child": (0.0, 1.2, True),
    "heavy": (-0.8, 1.2, False),
    "muscular": (-1.0, 1.2, False),
    "fingers_girth": (-0.9, 0.9, False),
    "knuckle_distance": (-0.7, 0.7, False),
    "hand_on_arm": (-0.35, 0.35, False),
    "wrist_girth": (-0.6, 0.9, False),
    "forearm_fat": (-0.8, 0.8, False),
    "palm_breadth": (-0.9, 1.0, False),
    "palm_length": (-1.1, 1.1, False),
    "palm_depth": (-1.2, 1.2, False),
    "fingers_length": (-1.2, 1.2, False),
    "thumb_length": (-1.0, 1.0, False),
    "index_length": (-0.7, 0.7, False),
    "middle_length": (-0.5, 0.5, False),
    "ring_length": (-0.7, 0.7, False),
    "little_length": (-1.2, 1.2, False),
}
_BELL_SIGMAS: Final = 2.2

_CELL_AXES: Final = ("size", "palm_breadth", "palm_length", "fingers_length")
_CELLS_PER_AXIS: Final = 4
_HELD_OUT_PERCENT: Final = 10


@dataclass(frozen=True)
class ShapedHand:
    """One right hand at rest: vertices (V, 3) and joints (21, 3) in mm, axes (21, 3, 3); see `mesh.HandMesh`."""

    vertices: Floats
    joints: Floats
    axes: Floats


def sample(rng: np.random.Generator, held_out: bool = False) -> Floats:
    """Draw a hand's coefficients (S,), in the order of `mesh.load().target_names`.

    A coarse grid over size, breadth and lengths splits all shapes in two: about a tenth of its cells are held out and
    drawn only when `held_out`, the others only when not.
    """
    low, high, flat = _table()
    middle, half = (low + high) / 2, (high - low) / 2
    while True:
        even = rng.uniform(-1.0, 1.0, len(low))
        bell = np.clip(rng.standard_normal(len(low)) / _BELL_SIGMAS, -1.0, 1.0)
        coefficients = (middle + half * np.where(flat, even, bell)).astype(np.float32)
        if is_held_out(coefficients) == held_out and _is_human(coefficients):
            return coefficients


def is_held_out(coefficients: Floats) -> bool:
    """Tell whether coefficients (S,) lie in a cell that training never draws."""
    low, high, _ = _table()
    names = mesh.load().target_names
    code = 0
    for name in _CELL_AXES:
        i = names.index(name)
        level = int((float(coefficients[i]) - low[i]) / (high[i] - low[i]) * _CELLS_PER_AXIS)
        code = code * _CELLS_PER_AXIS + min(max(level, 0), _CELLS_PER_AXIS - 1)
    return _scatter(code) % 100 < _HELD_OUT_PERCENT


def apply(hand: HandMesh, coefficients: Floats) -> ShapedHand:
    """The hand that coefficients (S,) describe: template plus coefficient-weighted targets, with axes to match."""
    vertices = hand.template + np.tensordot(coefficients, hand.targets, axes=1)
    joints = hand.joints + np.tensordot(coefficients, hand.joint_targets, axes=1)
    return ShapedHand(
        vertices.astype(np.float32), joints.astype(np.float32), mesh.rest_axes(joints.astype(np.float32), hand.hinges)
    )


@lru_cache(maxsize=1)
def _table() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Low, high and flat of every coefficient, in the mesh's order."""
    rows = [_SPREAD[name] for name in mesh.load().target_names]
    low, high, flat = zip(*rows, strict=True)
    return np.array(low), np.array(high), np.array(flat)


def _is_human(coefficients: Floats) -> bool:
    hand = mesh.load()
    ends = hand.joints[[_MCP, _TIP]] + np.tensordot(coefficients, hand.joint_targets[:, [_MCP, _TIP]], axes=1)
    to_mcp, to_tip = np.linalg.norm(ends, axis=1)
    low, high = WRIST_TO_MCP_MM, WRIST_TO_TIP_MM
    return bool(low[0] <= to_mcp <= low[1] and high[0] <= to_tip <= high[1])


def _scatter(code: int) -> int:
    """A fixed hash of a small integer (the finaliser of MurmurHash3)."""
    mask = 0xFFFFFFFF
    code = (code + 0x9E3779B9) & mask
    code = ((code ^ (code >> 16)) * 0x85EBCA6B) & mask
    code = ((code ^ (code >> 13)) * 0xC2B2AE35) & mask
    return code ^ (code >> 16)
