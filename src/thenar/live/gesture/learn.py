"""A classifier from examples of each sign, and how well it does on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.live.gesture.classifier import Classifier, whitened_distances

Doubles = NDArray[np.float64]

NONE: Final = "none"
"""Examples under this name make no sign: they teach where signs end."""

LEAST_EXAMPLES: Final = 10
"""Of each sign: with fewer, nothing can be said about how it varies."""

FOLDS: Final = 5
ACCEPTED: Final = 0.98
"""Share of the examples that are accepted as what they are, where there are none of `NONE` to tell better."""


def learn(examples: Mapping[str, Doubles]) -> Classifier:
    """Signs by name, each (N, 66) rows of `features` in the order in which they were seen -> a classifier.

    Linear discriminant analysis with even priors; the covariance within signs is shrunk after Ledoit & Wolf, "A
    well-conditioned estimator for large-dimensional covariance matrices" (2004). The limit is set on examples that
    were left out of learning, in `FOLDS` runs of neighbours, since neighbours in time are alike.

    Raises:
        ThenarError: fewer than two signs, or too few examples of one.
    """
    signs = {name: rows for name, rows in examples.items() if name != NONE}
    if len(signs) < 2:
        raise ThenarError(f"{len(signs)} signs", fix="give examples of two or more, each in a folder of its name")
    for name, rows in signs.items():
        if len(rows) < LEAST_EXAMPLES:
            raise ThenarError(f"{len(rows)} examples of {name!r}", fix=f"give {LEAST_EXAMPLES} or more")
    means, whitening = _fit(signs)
    return Classifier(tuple(signs), means, whitening, _limit(signs, examples.get(NONE)))


@dataclass(frozen=True)
class Score:
    """How a classifier does on examples of each sign.

    right, unknown: share of examples given their own name, and none. confused: (sign, taken for, share), the most
    frequent first. accepted_none: share of hands that make no sign and were given one, None where there are none.
    """

    right: Mapping[str, float]
    unknown: Mapping[str, float]
    confused: tuple[tuple[str, str, float], ...]
    accepted_none: float | None

    @property
    def mean_right(self) -> float:
        """The mean over signs, each counting alike."""
        return float(np.mean(list(self.right.values())))


def score(classifier: Classifier, examples: Mapping[str, Doubles]) -> Score:
    """How `classifier` names rows of `features` (N, 66) of each sign.

    Raises:
        ThenarError: a sign that it never learned, or no sign at all.
    """
    signs = [name for name in examples if name != NONE]
    unheard = [name for name in signs if name not in classifier.names]
    if unheard or not signs:
        what = f"knows no sign {unheard[0]!r}" if unheard else "no examples of a sign"
        raise ThenarError(what, fix=f"the signs are {', '.join(classifier.names)}")
    named = {name: [classifier.name(row)[0] for row in rows] for name, rows in examples.items()}
    shares = {name: {told: given.count(told) / len(given) for told in set(given)} for name, given in named.items()}
    confused = [(name, told, part) for name in signs for told, part in shares[name].items() if told not in ("", name)]
    return Score(
        right={name: shares[name].get(name, 0.0) for name in signs},
        unknown={name: shares[name].get("", 0.0) for name in signs},
        confused=tuple(sorted(confused, key=lambda entry: (-entry[2], *entry[:2]))),
        accepted_none=1.0 - shares[NONE].get("", 0.0) if NONE in shares else None,
    )


def shrinkage(centred: Doubles) -> float:
    """(N, D) rows with mean 0 -> share, 0 to 1, that the mean variance takes (Ledoit & Wolf, lemma 3.3)."""
    count, size = centred.shape
    covariance = centred.T @ centred / count
    spread = float(((covariance - np.eye(size) * np.trace(covariance) / size) ** 2).sum())
    noise = (float(((centred**2).sum(axis=1) ** 2).sum()) / count - float((covariance**2).sum())) / count
    return min(1.0, max(0.0, noise / spread)) if spread > 0 else 1.0


def _fit(signs: Mapping[str, Doubles]) -> tuple[Doubles, Doubles]:
    """Means (K, D) and the whitening (D, D) of what varies within signs."""
    means = np.stack([rows.mean(axis=0) for rows in signs.values()])
    centred = np.concatenate([rows - mean for rows, mean in zip(signs.values(), means, strict=True)])
    covariance, share = centred.T @ centred / len(centred), shrinkage(centred)
    size = len(covariance)
    shrunk = (1 - share) * covariance + share * np.eye(size) * np.trace(covariance) / size
    values, vectors = np.linalg.eigh(shrunk)
    return means, vectors / np.sqrt(np.maximum(values, 1e-9))


def _limit(signs: Mapping[str, Doubles], none: Doubles | None) -> float:
    """The squared distance that parts those who make a sign from those who don't."""
    own, others = [], []
    for fold in range(FOLDS):
        kept, left = {}, {}
        for name, rows in signs.items():
            out = np.arange(len(rows)) * FOLDS // len(rows) == fold
            kept[name], left[name] = rows[~out], rows[out]
        means, whitening = _fit(kept)
        for place, rows in enumerate(left.values()):
            own.append(whitened_distances(rows, means, whitening)[:, place])
        if none is not None and len(none):
            others.append(whitened_distances(none, means, whitening).min(axis=1))
    if not others:
        return float(np.quantile(np.concatenate(own), ACCEPTED))
    return _parting(np.concatenate(own), np.concatenate(others))


def _parting(own: Doubles, others: Doubles) -> float:
    """The limit at which the share of `own` beyond it and of `others` within it are least together."""
    limits = np.unique(own)
    lost = [float((own > limit).mean() + (others <= limit).mean()) for limit in limits]
    return float(limits[int(np.argmin(lost))])
