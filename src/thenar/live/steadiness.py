"""How much a still hand trembles, and how far a moving one is told late."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

MOST_LAG_S: Final = 0.2
LAG_STEP_S: Final = 0.0005


def jitter_mm(joints_mm: Floats) -> float:
    """(T, ..., 3) mm of a hand that does not move -> RMS of a coordinate about its own mean over time, mm."""
    return float(np.sqrt(np.mean((joints_mm - joints_mm.mean(axis=0)) ** 2)))


def lag_ms(joints_mm: Floats, truth_mm: Floats, times_s: Floats) -> float:
    """(T, ...) told and true positions of a moving hand at (T,) times -> how much later the told ones are, ms.

    The lag at which the normalised cross-correlation of both is largest, all coordinates together, each about its own
    mean; between frames positions are taken from straight lines. Negative where what is told runs ahead. Both ends are
    left out by `MOST_LAG_S`, the largest lag that is looked for.

    Raises:
        ValueError: shorter than three times `MOST_LAG_S`.
    """
    times = np.asarray(times_s, np.float64)
    if times[-1] - times[0] < 3 * MOST_LAG_S:
        raise ValueError(f"{times[-1] - times[0]:.2f} s is too short for a lag of up to {MOST_LAG_S} s")
    told = np.asarray(joints_mm, np.float64).reshape(len(times), -1)
    truth = np.asarray(truth_mm, np.float64).reshape(len(times), -1)
    inner = (times >= times[0] + MOST_LAG_S) & (times <= times[-1] - MOST_LAG_S)
    lags = np.arange(-MOST_LAG_S, MOST_LAG_S + LAG_STEP_S / 2, LAG_STEP_S)
    told = told[inner] - told[inner].mean(axis=0)
    correlations = [_correlation(told, _at(truth, times, times[inner] - lag)) for lag in lags]
    return 1000 * float(lags[int(np.argmax(correlations))])


def _at(values: NDArray[np.float64], times: NDArray[np.float64], when: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, N) values at (T,) times -> (M, N) at (M,) other times between them."""
    later = np.clip(np.searchsorted(times, when), 1, len(times) - 1)
    share = ((when - times[later - 1]) / (times[later] - times[later - 1]))[:, None]
    between: NDArray[np.float64] = values[later - 1] + share * (values[later] - values[later - 1])
    return between


def _correlation(told: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    truth = truth - truth.mean(axis=0)
    sizes = float(np.linalg.norm(told)) * float(np.linalg.norm(truth))
    return float(np.sum(told * truth)) / max(sizes, 1e-12)
