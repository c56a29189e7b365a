"""One random hand pose: fingers that curl together, apart or in groups, with the couplings of real tendons."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data.jit import jit
from thenar.data.limits import LOWER, UPPER, Angles

Rng = np.random.Generator

DIP_PER_PIP: Final = 0.67
"""Flexion of the DIP joint per flexion of the PIP joint (Rijpkema & Girard, SIGGRAPH 1991: DIP = 2/3 PIP)."""

ENSLAVING: Final = np.array([
    [0.92, 0.08, 0.00, 0.00],
    [0.07, 0.78, 0.15, 0.00],
    [0.00, 0.24, 0.52, 0.24],
    [0.00, 0.03, 0.19, 0.78],
])  # fmt: skip
"""How much index, middle, ring and little (columns) each pull at the curl of each (rows): the index is the most
independent, the ring the least (Hager-Ross & Schieber, "Quantifying the independence of human finger movements",
J. Neurosci. 2000; weights rounded from their order)."""

_DEG: Final = float(np.pi / 180)
_THUMB_NEUTRAL_RAD: Final = 10.0 * _DEG
"""CMC flexion and abduction, together, at which the thumb is not turned about its bone."""

_SPREAD_DEG: Final = np.array([15.0, 1.5, -10.0, -22.0])
"""Abduction of index, middle, ring and little in a hand spread as wide as it goes."""


@jit
def _curls(curl: NDArray[np.float64], rng: Rng) -> None:
    """Fill curl (4,), 0 straight to 1 bent, for index to little: together, each by itself, or in two groups."""
    style = rng.random()
    if style < 0.4:
        common, slope = rng.random() * 1.1 - 0.05, rng.normal(0.0, 0.08)
        for f in range(4):
            curl[f] = common + slope * (f - 1.5) + rng.normal(0.0, 0.08)
    elif style < 0.7:
        for f in range(4):
            curl[f] = rng.beta(0.7, 0.7)
    else:
        one, other = rng.beta(0.5, 0.8), rng.beta(0.8, 0.5)
        members = 1 + int(rng.random() * 14)
        for f in range(4):
            curl[f] = (one if members >> f & 1 else other) + rng.normal(0.0, 0.06)


@jit
def _fingers(angles: Angles, rng: Rng) -> None:
    curl = np.empty(4)
    _curls(curl, rng)
    curl = ENSLAVING @ curl
    hook = rng.normal(0.0, 0.22)  # > 0: bent at PIP and DIP with straight MCPs; < 0: the other way
    spread = rng.beta(1.1, 1.3) * 1.15 - 0.15
    loose_tip = rng.random() < 0.1  # pressing against something, the DIP gives way
    for f in range(4):
        mcp = 5 + 4 * f
        own_hook = hook + rng.normal(0.0, 0.1)
        at_mcp = min(max(curl[f] - own_hook, 0.0), 1.0)
        at_pip = min(max(curl[f] + own_hook, 0.0), 1.0)
        angles[mcp, 0] = (-12.0 + 100.0 * at_mcp + rng.normal(0.0, 5.0)) * _DEG
        angles[mcp, 1] = (_SPREAD_DEG[f] * spread + rng.normal(0.0, 2.5)) * _DEG
        angles[mcp, 2] = rng.normal(0.0, 2.0) * _DEG
        angles[mcp + 1, 0] = (104.0 * at_pip + rng.normal(0.0, 4.0)) * _DEG
        ratio = 0.15 if loose_tip else DIP_PER_PIP
        angles[mcp + 2, 0] = ratio * angles[mcp + 1, 0] + rng.normal(0.0, 6.0) * _DEG


@jit
def _thumb(angles: Angles, rng: Rng) -> None:
    across = LOWER[1, 0] + rng.random() * (UPPER[1, 0] - LOWER[1, 0])
    away = LOWER[1, 1] + rng.random() * (UPPER[1, 1] - LOWER[1, 1])
    angles[1, 0], angles[1, 1] = across, away
    opposed = across + away - _THUMB_NEUTRAL_RAD  # opposition turns the pad to the fingers
    angles[1, 2] = -0.35 * opposed + rng.normal(0.0, 6.0) * _DEG
    bend = rng.beta(0.8, 1.1)
    angles[2, 0] = (-8.0 + 58.0 * bend + rng.normal(0.0, 8.0)) * _DEG
    angles[2, 1] = rng.normal(0.0, 3.0) * _DEG
    angles[2, 2] = rng.normal(0.0, 2.0) * _DEG
    angles[3, 0] = (-12.0 + 80.0 * bend + rng.normal(0.0, 14.0)) * _DEG


@jit
def draw_wrist(angles: Angles, rng: Rng) -> None:
    """Set the wrist's row of angles (21, 3): mostly near straight, sometimes far bent."""
    wide = 2.0 if rng.random() < 0.25 else 1.0
    angles[0, 0] = rng.normal(-4.0, 16.0 * wide) * _DEG
    angles[0, 1] = rng.normal(-4.0, 8.0 * wide) * _DEG
    angles[0, 2] = 0.0


@jit
def draw(angles: Angles, rng: Rng) -> None:
    """Fill angles (21, 3) radians with a random pose; not yet clamped nor free of contact."""
    angles[:] = 0
    draw_wrist(angles, rng)
    _thumb(angles, rng)
    _fingers(angles, rng)
