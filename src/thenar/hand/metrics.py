"""How far predicted joints are from the truth: mean error, its bias, PCK and the area under it.

Two kinds of NaN, and what becomes of them:
    truth NaN        the joint (or whole frame) has no label: it is counted nowhere.
    prediction NaN   no hand, or no such joint, was found although there is one. Millimetres that don't exist can't be
                     averaged, so it stays out of every mean; in PCK, AUC and the share of frames within a threshold it
                     is a miss, so that staying silent never helps. `frames_without_hand` counts frames without any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from thenar.errors import ThenarError
from thenar.hand.skeleton import JOINTS

Floats = NDArray[np.floating]

PCK_THRESHOLDS_MM: Final = tuple(range(51))
"""0..50 mm in steps of 1 mm: AUC over this range is the measure most papers and `retention` use."""

WORST_JOINT_THRESHOLDS_MM: Final = (10, 20, 30, 40, 50)


@dataclass(frozen=True)
class Report:
    """Errors in mm over a set of frames; NaN where nothing was predicted.

    per_joint_mm: (J,) mean error; per_joint_bias_mm: (J, 3) mean of prediction - truth; both in the order of `joints`.
    mean_joint_error_unbiased_mm: the mean error after taking each joint's bias away: what is left when two label
        conventions differ by constant offsets. auc_0_50: area under `pck`, 0..1.
    pck: share of labelled joints within 0, 1, ... 50 mm. frames_within: share of frames whose worst joint is within
        WORST_JOINT_THRESHOLDS_MM. frames: labelled frames, those without a predicted hand included.
    """

    joints: tuple[str, ...]
    mean_joint_error_mm: float
    median_joint_error_mm: float
    per_joint_mm: tuple[float, ...]
    per_joint_bias_mm: tuple[tuple[float, float, float], ...]
    mean_joint_error_unbiased_mm: float
    auc_0_50: float
    pck: tuple[float, ...]
    frames_within: tuple[float, ...]
    frames: int
    frames_without_hand: int

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts for JSON; what is NaN here is None there."""
        return {
            "frames": self.frames,
            "frames_without_hand": self.frames_without_hand,
            "mean_joint_error_mm": _number(self.mean_joint_error_mm),
            "mean_joint_error_unbiased_mm": _number(self.mean_joint_error_unbiased_mm),
            "median_joint_error_mm": _number(self.median_joint_error_mm),
            "auc_0_50": _number(self.auc_0_50),
            "frames_within_mm": {
                str(t): _number(s) for t, s in zip(WORST_JOINT_THRESHOLDS_MM, self.frames_within, strict=True)
            },
            "joints": list(self.joints),
            "per_joint_mm": [_number(v) for v in self.per_joint_mm],
            "per_joint_bias_mm": [[_number(v) for v in bias] for bias in self.per_joint_bias_mm],
            "pck_0_50": [_number(v) for v in self.pck],
        }


def joint_errors(predicted_mm: Floats, truth_mm: Floats) -> NDArray[np.float64]:
    """(N, J, 3) predictions and truth in mm -> (N, J) distances in mm; NaN where either is.

    Raises:
        ThenarError: the shapes differ or aren't (N, J, 3).
    """
    predicted, truth = np.asarray(predicted_mm, np.float64), np.asarray(truth_mm, np.float64)
    if predicted.shape != truth.shape or predicted.ndim != 3 or predicted.shape[-1] != 3:
        raise ThenarError(
            f"predictions {predicted.shape} and truth {truth.shape} don't match",
            fix="give both as (frames, joints, 3), frame by frame the same",
        )
    distances: NDArray[np.float64] = np.linalg.norm(predicted - truth, axis=-1)
    return distances


def pck_curve(errors_mm: Floats, thresholds_mm: Sequence[float] = PCK_THRESHOLDS_MM) -> NDArray[np.float64]:
    """Share of the errors at or under each threshold; any shape of mm in, (len(thresholds),) out; infinite = a miss."""
    flat = np.sort(np.ravel(errors_mm))
    counts = np.searchsorted(flat, np.asarray(thresholds_mm, np.float64), side="right")
    share: NDArray[np.float64] = counts / max(flat.size, 1)
    return share


def auc(share: Floats, thresholds_mm: Sequence[float] = PCK_THRESHOLDS_MM) -> float:
    """Area under a PCK curve by the trapezoid rule, divided by the width of its range: 0..1."""
    x, y = np.asarray(thresholds_mm, np.float64), np.asarray(share, np.float64)
    return float(((y[1:] + y[:-1]) / 2 * np.diff(x)).sum() / (x[-1] - x[0]))


def evaluate(predicted_mm: Floats, truth_mm: Floats, joints: Sequence[str] = JOINTS) -> Report:
    """(N, J, 3) predictions and truth in mm, NaN as the module says, and J names -> a `Report`.

    Raises:
        ThenarError: the shapes differ, don't fit the names, or no joint has a label.
    """
    errors = joint_errors(predicted_mm, truth_mm)
    if errors.shape[1] != len(joints):
        raise ThenarError(f"{errors.shape[1]} joints but {len(joints)} names", fix="name each joint once")
    offsets = np.asarray(predicted_mm, np.float64) - np.asarray(truth_mm, np.float64)
    labelled = np.all(np.isfinite(np.asarray(truth_mm, np.float64)), axis=-1)
    if not labelled.any():
        raise ThenarError("no joint has a label to compare with", fix="give truth with at least one labelled frame")
    found = labelled & np.isfinite(errors)
    kept = labelled.any(axis=1)

    counts = found.sum(axis=0)
    per_joint = _over(np.where(found, errors, 0.0).sum(axis=0), counts)
    bias = _over(np.where(found[..., None], offsets, 0.0).sum(axis=0), counts[:, None])
    unbiased = np.linalg.norm(offsets - bias, axis=-1)[found]

    missed = np.where(found, errors, np.inf)
    share = pck_curve(missed[labelled])
    worst = np.where(labelled, missed, 0.0).max(axis=1)[kept]
    return Report(
        joints=tuple(joints),
        mean_joint_error_mm=_mean(errors[found]),
        median_joint_error_mm=float(np.median(errors[found])) if found.any() else math.nan,
        per_joint_mm=tuple(float(v) for v in per_joint),
        per_joint_bias_mm=tuple((float(x), float(y), float(z)) for x, y, z in bias),
        mean_joint_error_unbiased_mm=_mean(unbiased),
        auc_0_50=auc(share),
        pck=tuple(float(v) for v in share),
        frames_within=tuple(float(v) for v in pck_curve(worst, WORST_JOINT_THRESHOLDS_MM)),
        frames=int(kept.sum()),
        frames_without_hand=int((kept & ~found.any(axis=1)).sum()),
    )


def grouped(
    predicted_mm: Floats, truth_mm: Floats, groups: NDArray[np.str_], joints: Sequence[str] = JOINTS
) -> dict[str, Report]:
    """A `Report` for each group of frames or of joints, in the order of the groups' names.

    groups: (N,) a name for each frame or (N, J) one for each joint; "" is in no group. Groups without a labelled
    joint don't appear.
    """
    names = np.asarray(groups)
    truth = np.asarray(truth_mm, np.float64)
    per_joint = np.broadcast_to(names[:, None] if names.ndim == 1 else names, truth.shape[:2])
    reports: dict[str, Report] = {}
    for name in np.unique(names):
        part = np.where((per_joint == name)[..., None], truth, np.nan)
        rows = np.isfinite(part).all(axis=-1).any(axis=-1)
        if name and rows.any():
            reports[str(name)] = evaluate(np.asarray(predicted_mm)[rows], part[rows], joints)
    return reports


def _over(total: NDArray[np.float64], count: NDArray[np.intp]) -> NDArray[np.float64]:
    """total / count, NaN where count is 0."""
    result: NDArray[np.float64] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return result


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else math.nan


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
