"""From joints back to angles: inverse kinematics of recorded hands by damped least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.data import gestures
from thenar.data.jit import jit
from thenar.data.kinematics import forward
from thenar.data.limits import LOWER, UPPER, Angles, clamp
from thenar.data.poses import Hand
from thenar.hand.skeleton import MCPS, PARENTS

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

PALM: Final = (0, 1, *MCPS)
"""Joints that no angle but the wrist's moves: wrist, thumb CMC and the four MCPs."""

_FREE: Final = np.argwhere((UPPER > LOWER) & (np.arange(21)[:, None] > 0))
"""(D, 2) joint row and axis of each angle that is fitted. The forearm isn't among the joints: the wrist stays 0."""

_PRIOR_MM_PER_RAD: Final = np.array([0.3, 1.5, 6.0])[_FREE[:, 1]]
"""Pull towards zero: next to nothing on flexion, more on abduction and most on twist, which joints hardly show."""

_STEPS: Final = 40
_STEP_RAD: Final = 1e-3
_GOOD_MM: Final = 1.0
_STARTS: Final = ("relaxed", "open", "hook", "tabletop", "fist")


@dataclass(frozen=True)
class Fit:
    """A hand laid over recorded joints: `recorded = posed joints @ rotation.T + translation`, up to `error_mm`.

    `angles` (21, 3) radians within limits; `rotation` (3, 3) and `translation` (3,) mm, hand frame to the recording's;
    `error_mm` the mean distance over the 21 joints.
    """

    angles: Angles
    rotation: Doubles
    translation: Doubles
    error_mm: float


def align(points: Doubles, targets: Doubles) -> tuple[Doubles, Doubles]:
    """The rotation (3, 3) and translation (3,) that bring points (N, 3) closest to targets (N, 3).

    Source: Kabsch, "A solution for the best rotation to relate two sets of vectors", Acta Cryst. A32, 1976.
    """
    middle, target_middle = points.mean(axis=0), targets.mean(axis=0)
    u, _, vt = np.linalg.svd((points - middle).T @ (targets - target_middle))
    mirror = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u @ mirror @ vt).T
    return rotation, target_middle - rotation @ middle


def fit_size(recorded_mm: Floats, hand: Hand) -> Hand:
    """Give a hand the palm and the bone lengths of one person's recorded joints (N, 21, 3) mm.

    The palm is the mean of the recorded palms laid over each other; each finger keeps its direction at rest and takes
    the median length of its bones. Returns joints (21, 3) mm at rest and the hand's own axes.
    """
    joints, axes = hand
    recorded = np.asarray(recorded_mm, np.float64)
    palm = list(PALM)
    mean = joints[palm].astype(np.float64)
    for _ in range(3):  # each round lays all palms over the mean of the last
        laid = []
        for frame in recorded[:, palm]:
            rotation, translation = align(frame, mean)
            laid.append(frame @ rotation.T + translation)
        mean = np.mean(laid, axis=0)
    fitted = joints.astype(np.float64).copy()
    fitted[palm] = mean - mean[0] + joints[0]
    for j, parent in enumerate(PARENTS):
        if j not in PALM:
            length = np.median(np.linalg.norm(recorded[:, j] - recorded[:, parent], axis=1))
            bone = joints[j].astype(np.float64) - joints[parent]
            fitted[j] = fitted[parent] + bone * (length / np.linalg.norm(bone))
    return fitted.astype(np.float32), axes


@jit
def _posed_and_slopes(
    joints: Floats, axes: Floats, angles: Angles, free: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.float64]]:
    """Posed joints (21, 3) mm and their slopes (63, D) in mm per radian of each free angle, by central differences."""
    posed = forward(joints, axes, angles)[1]
    slopes = np.zeros((63, free.shape[0]))
    for d in range(free.shape[0]):
        j, axis = free[d]
        at = angles[j, axis]
        for side in (1.0, -1.0):
            angles[j, axis] = at + side * _STEP_RAD
            moved = forward(joints, axes, angles)[1]
            for row in range(21):
                for k in range(3):
                    slopes[3 * row + k, d] += side * moved[row, k] / (2.0 * _STEP_RAD)
        angles[j, axis] = at
    return posed, slopes


def _rotation(vector: Doubles) -> Doubles:
    """Rotation (3, 3) about a vector (3,) by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector)) + 1e-12
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation: Doubles = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rotation


def _moved_slopes(seen: Doubles) -> Doubles:
    """(63, 6) how joints seen (21, 3) in the hand frame move per radian and mm of a rigid motion of the hand."""
    slopes = np.zeros((21, 3, 6))
    for k, unit in enumerate(np.eye(3)):
        slopes[:, :, k] = np.cross(unit, seen)
        slopes[:, k, 3 + k] = 1.0
    return slopes.reshape(63, 6)


def _descend(target: Doubles, hand: Hand, start: Angles) -> Fit:
    """Levenberg-Marquardt from one start; the hand's rigid motion is fitted along with its angles."""
    angles = start.astype(np.float32).copy()
    angles[0] = 0
    palm = list(PALM)
    rotation, translation = align(hand[0][palm].astype(np.float64), target[palm])
    damping, cost = 1e-2, np.inf
    trial: tuple[Angles, Doubles, Doubles] = (angles, rotation, translation)
    slopes, residual = np.empty((0, 0)), np.empty(0)
    for _ in range(_STEPS):
        seen = (target - trial[2]) @ trial[1]
        posed, bend = _posed_and_slopes(*hand, trial[0], _FREE)
        prior = trial[0][_FREE[:, 0], _FREE[:, 1]] * _PRIOR_MM_PER_RAD
        now = np.concatenate([(seen - posed).ravel(), -prior])
        new_cost = float(now @ now)
        if new_cost < cost:
            finished = cost - new_cost < 1e-5 * new_cost
            (angles, rotation, translation), cost, damping = trial, new_cost, damping * 0.3
            residual = now
            slopes = np.block([[bend, _moved_slopes(seen)], [np.diag(_PRIOR_MM_PER_RAD), np.zeros((len(_FREE), 6))]])
            if finished:
                break
        else:
            damping *= 6.0
            if damping > 1e6:
                break
        normal = slopes.T @ slopes
        normal[np.diag_indices_from(normal)] *= 1.0 + damping
        step = np.asarray(np.linalg.solve(normal, slopes.T @ residual), np.float64)
        bent = angles.copy()
        bent[tuple(_FREE.T)] += step[:-6]
        clamp(bent)
        trial = (bent, rotation @ _rotation(step[-6:-3]), translation + rotation @ step[-3:])
    posed = forward(*hand, angles)[1] @ rotation.T + translation
    return Fit(angles, rotation, translation, float(np.linalg.norm(posed - target, axis=1).mean()))


def fit(joints_mm: Floats, hand: Hand, start: Angles | None = None) -> Fit:
    """Find the angles of a hand of known size whose joints are closest to joints (21, 3) mm, in any frame.

    `start` is the pose of the frame before, where there is one. Without it, or where it leads nowhere, several starts
    are tried. The wrist's own angles stay 0: without a forearm they can't be told from the hand's rotation.

    Source: Levenberg-Marquardt with Marquardt's scaling (Marquardt, J. SIAM 11, 1963), clamped to the limits each step.
    """
    target = np.asarray(joints_mm, np.float64)
    starts = [] if start is None else [start]
    best: Fit | None = None
    for begin in starts + [gestures.GESTURES[name] for name in _STARTS]:
        found = _descend(target, hand, begin)
        if best is None or found.error_mm < best.error_mm:
            best = found
        if best.error_mm < _GOOD_MM or (start is not None and found is best and begin is start and best.error_mm < 4):
            break
    assert best is not None
    return best


def fit_sequence(joints_mm: Floats, hand: Hand) -> list[Fit]:
    """Fit every frame of joints (N, 21, 3) mm of one hand, each from the one before; see `fit`."""
    fits: list[Fit] = []
    for frame in joints_mm:
        fits.append(fit(frame, hand, fits[-1].angles if fits else None))
    return fits
