"""What a network's confidence is worth: the share of joints that are right when it says so."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from thenar.atomic import write_text
from thenar.errors import ThenarError
from thenar.live.presets import model_path

Floats = NDArray[np.float32]

WITHIN_MM: Final = 15.0
"""A joint no further off than this counts as right."""

FILE: Final = "calibration.json"
"""Beside a preset's `model.onnx`."""

KNOTS: Final = 24
MAX_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class Calibration:
    """A rising line through knots: `raw` confidence -> probability that the joint lies within `WITHIN_MM`."""

    raw: tuple[float, ...]
    probability: tuple[float, ...]

    def __post_init__(self) -> None:
        raw, probability = np.array(self.raw, float), np.array(self.probability, float)
        sound = len(raw) == len(probability) >= 2 and np.isfinite(raw).all() and (np.diff(raw) > 0).all()
        if not (sound and ((probability >= 0) & (probability <= 1)).all() and (np.diff(probability) >= 0).all()):
            raise ThenarError("knots do not rise, or leave [0, 1]", where="calibration", fix="fit it again")

    def __call__(self, confidence: Floats) -> Floats:
        """Raw confidence of any shape -> probabilities in [0, 1]."""
        return np.interp(confidence, self.raw, self.probability).astype(np.float32)

    def raw_of(self, probability: float) -> float:
        """The raw confidence that is worth `probability`: networks differ in it. Below the first knot, a line to 0."""
        return float(np.interp(probability, (0.0, *self.probability), (0.0, *self.raw)))


IDENTITY: Final = Calibration((0.0, 1.0), (0.0, 1.0))
"""Of a model that was never calibrated: its confidence as it is."""


def fit(confidence: Floats, right: NDArray[np.bool_], knots: int = KNOTS) -> Calibration:
    """(N,) raw confidences of joints and (N,) whether each lay within `WITHIN_MM` -> their calibration.

    Isotonic regression on `knots` groups of equally many joints (pool adjacent violators: Ayer et al. 1955).

    Raises:
        ThenarError: fewer than two different confidences.
    """
    order = np.argsort(confidence, kind="stable")
    groups = [group for group in np.array_split(order, knots) if len(group)]
    raw = [float(confidence[group].mean()) for group in groups]
    share = _rising([float(right[group].mean()) for group in groups], [len(group) for group in groups])
    kept = [i for i in range(len(raw)) if i == 0 or raw[i] - raw[i - 1] > 1e-6]
    if len(kept) < 2:
        raise ThenarError("the confidence is the same everywhere", where="calibration", fix="give more frames")
    return Calibration(tuple(round(raw[i], 6) for i in kept), tuple(round(share[i], 6) for i in kept))


def calibration_of(model: str | Path) -> Calibration:
    """The calibration beside a preset's or a path's model file; `IDENTITY` if there is none.

    Raises:
        ThenarError: no such model, or what lies beside it is no calibration.
    """
    return read_calibration(model_path(model).with_name(FILE))


def _rising(values: list[float], weights: list[int]) -> list[float]:
    """The rising sequence nearest to `values` in the weighted mean square: neighbours that fall become their mean."""
    pools: list[tuple[float, int, int]] = []  # mean, weight, length
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, m, i), (other, n, j) = pools[-2:]
            pools[-2:] = [((one * m + other * n) / (m + n), m + n, i + j)]
    return [mean for mean, _, length in pools for _ in range(length)]


def read_calibration(path: Path) -> Calibration:
    """A calibration that `write_calibration` wrote; `IDENTITY` if there is no such file.

    Raises:
        ThenarError: the file is no calibration.
    """
    if not path.is_file():
        return IDENTITY
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(MAX_BYTES))
        return Calibration(*(tuple(float(v) for v in values[key]) for key in ("raw", "probability")))
    except (OSError, ValueError, TypeError, KeyError, RecursionError, ThenarError) as error:
        raise ThenarError(f"is no calibration ({error})", where=path, fix="fit it again") from None


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write `calibration` as JSON."""
    write_text(path, json.dumps(asdict(calibration)) + "\n")
