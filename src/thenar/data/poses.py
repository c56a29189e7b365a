"""Hand poses to learn from: within anatomical limits, no finger through another, held-out ones apart from the rest."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from thenar.data import gestures, heldout_poses, random_pose
from thenar.data.contact import depth_mm
from thenar.data.jit import jit
from thenar.data.kinematics import forward
from thenar.data.limits import Angles, clamp
from thenar.data.random_pose import Rng
from thenar.errors import ThenarError

Kind = Literal["random", "gesture", "bank", "mixed"]
Hand = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Joints (21, 3) mm at rest and their axes (21, 3, 3), as `kinematics.forward` takes them."""

_SHARES: Final[dict[str, tuple[float, float, float]]] = {
    "random": (1.0, 0.0, 0.0),
    "gesture": (0.0, 1.0, 0.0),
    "bank": (0.0, 0.0, 1.0),
    "mixed": (0.55, 0.3, 0.15),
}
"""Share of random poses, of gestures and of recorded poses in each kind; without a bank, its share is random."""

_LIBRARY: Final = gestures.named(tuple(gestures.GESTURES))
_TRAINING_LIBRARY: Final = gestures.named(gestures.TRAINING)
_GESTURE_NOISE, _BANK_NOISE = 0.1, 0.06
"""Standard deviation in radians of what is added to a flexion angle, before its own random strength."""

_MOST_TRIES: Final = 4000
"""Draws per pose before giving up; a random pose is accepted after about 2, a held-out one after about 20."""


@lru_cache(maxsize=1)
def reference_hand() -> Hand:
    """The average adult hand that decides whether fingers touch."""
    from thenar.data import mesh

    hand = mesh.load()
    return hand.joints, hand.axes


is_held_out = heldout_poses.is_held_out


@jit
def _vary(angles: Angles, library: Angles, noise: float, rng: Rng) -> None:
    """A pose of the library (G, 21, 3), half of the time on its way to another, with `noise` radians on top."""
    one, other = int(rng.random() * library.shape[0]), int(rng.random() * library.shape[0])
    way = rng.random() if rng.random() < 0.5 else 0.0
    noise *= rng.random() * 1.5
    for j in range(1, 21):
        for axis in range(3):
            at = library[one, j, axis] + way * (library[other, j, axis] - library[one, j, axis])
            scale = 1.0 if axis == 0 else 0.4
            angles[j, axis] = at + rng.normal(0.0, noise * scale)
    random_pose.draw_wrist(angles, rng)


@jit
def _fill(
    out: Angles,
    rng: Rng,
    shares: NDArray[np.float64],
    held_out: int,
    library: Angles,
    bank: Angles,
    joints: NDArray[np.float32],
    axes: NDArray[np.float32],
) -> int:
    """Fill out (n, 21, 3) with accepted poses; returns how many were found before `_MOST_TRIES` each ran out."""
    done = 0
    tries = 0
    while done < out.shape[0]:
        tries += 1
        if tries > _MOST_TRIES * (done + 1):
            return done
        angles = out[done]
        pick = rng.random()
        if pick < shares[0]:
            random_pose.draw(angles, rng)
        elif pick < shares[0] + shares[1]:
            _vary(angles, library, _GESTURE_NOISE, rng)
        else:
            _vary(angles, bank, _BANK_NOISE, rng)
        clamp(angles)
        if held_out >= 0 and heldout_poses.is_held_out(angles) != (held_out == 1):
            continue
        if depth_mm(forward(joints, axes, angles)[1]) > 0.0:
            continue
        done += 1
    return done


def sample_many(
    seed: int,
    n: int,
    held_out: bool | None = False,
    kind: Kind = "mixed",
    *,
    bank: Angles | None = None,
    hand: Hand | None = None,
) -> Angles:
    """Draw n poses: angles (n, 21, 3) float32 radians; the same for the same arguments.

    `held_out` False draws what training may see, True only what it never sees, None both. "gesture" draws named
    gestures, blends of two and noise around them; "bank" the same from recorded poses `bank` (M, 21, 3); "mixed" all.
    `hand` is the hand whose fingers must not pass through each other (default: `reference_hand`).

    Raises ThenarError for an unknown kind, kind "bank" without a bank, or a bank that holds no pose asked for.
    """
    if kind not in _SHARES:
        raise ThenarError(f"unknown kind of poses {kind!r}", fix=f"use one of {', '.join(_SHARES)}")
    shares = np.array(_SHARES[kind])
    if bank is None or len(bank) == 0:
        if kind == "bank":
            raise ThenarError("no bank of recorded poses", fix="make one with tools/fit_poses.py, or use kind 'mixed'")
        shares += (shares[2], 0.0, -shares[2])
        bank = np.zeros((1, 21, 3), np.float32)
    library = _TRAINING_LIBRARY if held_out is False else _LIBRARY
    joints, axes = hand if hand is not None else reference_hand()
    out = np.empty((n, 21, 3), np.float32)
    code = -1 if held_out is None else int(held_out)
    found = _fill(out, np.random.default_rng(seed), shares, code, library, bank.astype(np.float32), joints, axes)
    if found < n:
        raise ThenarError(f"{kind} poses: found only {found} of {n} (held out: {held_out})", fix="use a larger bank")
    return out


def sample(
    rng: np.random.Generator,
    held_out: bool | None = False,
    kind: Kind = "mixed",
    *,
    bank: Angles | None = None,
    hand: Hand | None = None,
) -> Angles:
    """Draw one pose: angles (21, 3) float32 radians. `sample_many` draws many at a hundredth of the cost each."""
    angles: Angles = sample_many(int(rng.integers(2**32)), 1, held_out, kind, bank=bank, hand=hand)[0]
    return angles
