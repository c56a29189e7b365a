"""Whether a confidence means what it says: of the joints at 0.9, nine in ten should lie within 15 mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

WITHIN_MM: Final = 15.0
BINS: Final = 10


@dataclass(frozen=True)
class Bin:
    """Joints whose confidence lies in [low, high): how many, their mean confidence, the share within `WITHIN_MM`."""

    low: float
    high: float
    joints: int
    confidence: float
    share_within: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def reliability(
    confidence: NDArray[np.floating], error_mm: NDArray[np.floating], bins: int = BINS, within_mm: float = WITHIN_MM
) -> list[Bin]:
    """(N,) confidences in [0, 1] and errors in mm (infinity: no such joint) -> the bins that hold any joint, in order.

    A confidence of 1 belongs to the last bin. Source: reliability diagrams, DeGroot & Fienberg, The Statistician 1983.
    """
    place = np.minimum((np.asarray(confidence) * bins).astype(np.int64), bins - 1)
    near = np.asarray(error_mm) <= within_mm
    return [
        Bin(
            k / bins,
            (k + 1) / bins,
            int((place == k).sum()),
            float(confidence[place == k].mean()),
            float(near[place == k].mean()),
        )
        for k in range(bins)
        if (place == k).any()
    ]


def calibration_error(table: Sequence[Bin]) -> float:
    """Mean difference between confidence and share, weighted by joints.

    Source: Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    joints = sum(part.joints for part in table)
    return sum(part.joints * abs(part.confidence - part.share_within) for part in table) / joints if joints else 0.0


def share_within(
    confidence: NDArray[np.floating], error_mm: NDArray[np.floating], least: float, within_mm: float = WITHIN_MM
) -> tuple[int, float]:
    """How many joints have at least this confidence, and the share of them within `within_mm` (NaN for none)."""
    near = (np.asarray(error_mm) <= within_mm)[np.asarray(confidence) >= least]
    return int(near.size), float(near.mean()) if near.size else float("nan")
