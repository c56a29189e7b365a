"""Signs of one's own: which of the signs learned from examples a hand makes, or that it makes none of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thenar.live.gesture.features import features

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Classifier:
    """Linear discriminant analysis with a limit beyond which a hand is none of its signs.

    names (K): of the signs. means (K, 66): the mean `features` of each. whitening (66, 66): W such that features
    times W vary alike in every direction within a sign. limit: the squared distance, in what is whitened, from a
    sign's mean beyond which a hand doesn't make it.
    """

    names: tuple[str, ...]
    means: Doubles
    whitening: Doubles
    limit: float

    def __call__(self, joints_mm: NDArray[np.floating], side: str) -> tuple[str, float]:
        """Joints (21, 3) mm of a `side` hand -> its sign, or "" for none, and how likely the sign is among all (0..1).

        Raises:
            ThenarError: as `palm_axes`.
        """
        if not np.isfinite(joints_mm).all():
            return "", 0.0
        return self.name(features(joints_mm, side))

    def name(self, row: Doubles) -> tuple[str, float]:
        """The same from `features` (66,)."""
        distances = self.distances(row[None])[0]
        best = int(np.argmin(distances))
        share = 1.0 / float(np.exp(np.minimum((distances[best] - distances) / 2, 0.0)).sum())
        return (self.names[best] if distances[best] <= self.limit else ""), share

    def distances(self, rows: Doubles) -> Doubles:
        """(N, 66) -> (N, K) squared distances from each sign's mean, in what is whitened."""
        return whitened_distances(rows, self.means, self.whitening)


def whitened_distances(rows: Doubles, means: Doubles, whitening: Doubles) -> Doubles:
    """(N, D) rows and (K, D) means -> (N, K) squared Mahalanobis distances."""
    apart: Doubles = (rows @ whitening)[:, None] - (means @ whitening)[None]
    return np.asarray((apart**2).sum(axis=2))
