"""A hand keeps its bones: their lengths, learned while it is followed, and poses that are given them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.hand.skeleton import BONES, JOINT_COUNT

Floats = NDArray[np.float32]

_PARENTS: Final = np.array([parent for parent, _ in BONES])
_CHILDREN: Final = np.array([child for _, child in BONES])
_PULLED: Final = np.bincount(np.array(BONES).ravel(), minlength=JOINT_COUNT)
"""(21,) how many bones end at each joint: 5 at the wrist, 1 at a fingertip."""

_ENDS: Final = np.zeros((JOINT_COUNT, len(BONES)), np.float32)
_ENDS[_CHILDREN, range(len(BONES))] = _PULLED[_PARENTS] / (_PULLED[_PARENTS] + _PULLED[_CHILDREN])
_ENDS[_PARENTS, range(len(BONES))] = -_PULLED[_CHILDREN] / (_PULLED[_PARENTS] + _PULLED[_CHILDREN])
"""(21, 20) the share of a bone's change that each of its ends takes: less of it, the more bones pull at that end."""

_RELAXED: Final = 0.8
"""Share of what is amiss that a sweep takes away: joints that several bones pull at would overshoot otherwise."""

_SHORTEST_MM: Final = 1e-3
"""A bone shorter than this has no direction and is left as it is."""


@dataclass(frozen=True)
class BoneConfig:
    """confident: a bone counts in frames in which both its ends are surer than this. every: so many frames apart,
    because neighbouring frames tell the same. remembered: samples that the median is taken of. believed: samples
    after which a learned length counts as much as the one that is read. sweeps: see `with_lengths`."""

    confident: float = 0.6
    every: int = 3
    remembered: int = 40
    believed: float = 5.0
    sweeps: int = 2


class BoneLengths:
    """Running medians of the 20 bones' lengths of one hand, order of `skeleton.BONES`."""

    def __init__(self, config: BoneConfig | None = None) -> None:
        self.config = config or BoneConfig()
        self._samples = np.full((self.config.remembered, len(BONES)), np.nan, np.float32)
        self._count = np.zeros(len(BONES), np.int64)
        self._frames = 0
        self._learned: Floats = np.zeros(len(BONES), np.float32)
        self._trust: Floats = np.zeros(len(BONES), np.float32)

    @property
    def learned_mm(self) -> Floats:
        """(20,) lengths; NaN for a bone that was never seen with confidence."""
        return np.where(self._count > 0, self._learned, np.float32(np.nan))

    def learn(self, joints_mm: Floats, confidence: Floats) -> None:
        """One frame: (21, 3) mm as they were read, (21,) in [0, 1]."""
        self._frames += 1
        if (self._frames - 1) % self.config.every:
            return
        sure = np.flatnonzero(confidence[_PARENTS] + confidence[_CHILDREN] > 2 * self.config.confident)
        sure = sure[np.minimum(confidence[_PARENTS[sure]], confidence[_CHILDREN[sure]]) > self.config.confident]
        if not len(sure):
            return
        self._samples[self._count[sure] % self.config.remembered, sure] = lengths_mm(joints_mm)[sure]
        self._count[sure] += 1
        self._learned[sure] = self._medians(sure)
        self._trust[sure] = self._count[sure] / (self._count[sure] + self.config.believed)

    def _medians(self, bones: NDArray[np.intp]) -> Floats:
        """The bones' medians over what is remembered of each; what is not filled yet is NaN and sorts last."""
        rising = np.sort(self._samples[:, bones], axis=0)
        count = np.minimum(self._count[bones], self.config.remembered)
        column = np.arange(len(bones))
        middle: Floats = (rising[(count - 1) // 2, column] + rising[count // 2, column]) / 2
        return middle

    def fit(self, joints_mm: Floats) -> Floats:
        """(21, 3) mm -> the same pose, its bones as long as learned, each as far as that is believed.

        The hand keeps its place: the mean of the joints.
        """
        read = lengths_mm(joints_mm)
        return with_lengths(joints_mm, read + self._trust * (self._learned - read), self.config.sweeps)


def lengths_mm(joints_mm: Floats) -> Floats:
    """(21, 3) mm -> (20,) lengths of the bones."""
    lengths: Floats = np.sqrt(np.sum((joints_mm[_CHILDREN] - joints_mm[_PARENTS]) ** 2, axis=1))
    return lengths


def with_lengths(joints_mm: Floats, lengths: Floats, sweeps: int) -> Floats:
    """(21, 3) mm and (20,) mm -> joints nearby whose bones are nearer to these lengths.

    In each sweep both ends of every bone move along it, together by what is amiss, relaxed; in the end the mean of the
    joints is put back. Few sweeps leave fingertips where they were seen; growing a hand out from its wrist would carry
    every error to them. Source: position-based dynamics, Müller et al. 2007, section 3.3.
    """
    joints = joints_mm.astype(np.float32)
    for _ in range(sweeps):
        bones = joints[_CHILDREN] - joints[_PARENTS]
        old = np.sqrt(np.sum(bones**2, axis=1))
        amiss = np.where(old > _SHORTEST_MM, (lengths - old) / np.maximum(old, _SHORTEST_MM), 0)
        joints = joints + _ENDS @ (bones * (_RELAXED * amiss)[:, None].astype(np.float32))
    fitted: Floats = joints + (joints_mm.mean(axis=0) - joints.mean(axis=0))
    return fitted
