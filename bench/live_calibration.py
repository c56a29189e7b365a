"""What confidence is worth: fitted on validation frames, measured on held-out ones.

    python bench/live_calibration.py [--preset NAME | --model PATH] [--fit N] [--measure N]

Each frame's hand is read as a hand that is followed: near where it is, as often as the tracker reads it. It is
fitted on all readings, and measured on those that the tracker would keep. Writes the preset's calibration.json and
bench/results/live_calibration-NAME.json; of a --model, the file beside it alone.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from thenar.bench.results import write_result
from thenar.data.heldout import BENCHMARK, VALIDATION, HeldoutRecipe
from thenar.data.heldout_frames import heldout_frames
from thenar.live.calibration import FILE, WITHIN_MM, Calibration, fit, write_calibration
from thenar.live.estimate import estimate
from thenar.live.hands import HandsConfig
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.run import open as open_session
from thenar.run.session import Session

ROOT = Path(__file__).parents[1]
CENTER_OFF_MM = 10.0
"""Per axis: by how much a hand is elsewhere than where the frame before lets expect it."""

EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0001)


def read(
    session: Session, recipe: HeldoutRecipe, count: int, keep: Calibration | None = None
) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    """Of the joints that a tracker would tell (`keep`; all if None): raw confidence and whether each is right (N,),
    and the number of frames dropped."""
    config, rng = HandsConfig(), np.random.default_rng((recipe.seed, 77))
    least = keep.raw_of(config.follow.kept_score) if keep else 0.0
    confidence, right, dropped = [], [], 0
    for frame in tqdm(heldout_frames(recipe, range(count)), total=count, disable=None):
        truth = frame.hands[0].joints_mm
        center = (truth.mean(axis=0) + rng.normal(0, CENTER_OFF_MM, 3)).astype(np.float32)
        found = estimate(session, frame.depth_mm, frame.camera, center, "right", config.passes, config.recut_mm)
        if found.score < least:
            dropped += 1
            continue
        confidence.append(found.confidence)
        right.append(np.linalg.norm(found.joints_mm - truth, axis=1) <= WITHIN_MM)
    return np.concatenate(confidence), np.concatenate(right), dropped


def table(probability: NDArray[np.float32], right: NDArray[np.bool_]) -> dict[str, Any]:
    """For each tenth of what is said: joints, what is said of them, and the share that is right."""
    rows = {}
    for low, high in pairwise(EDGES):
        group = (probability >= low) & (probability < high)
        if group.any():
            said, share = float(probability[group].mean()), float(right[group].mean())
            rows[f"{low:.1f} to {min(high, 1):.1f}"] = {
                "joints": int(group.sum()), "said": round(said, 4), "right": round(share, 4)
            }  # fmt: skip
    error = sum(row["joints"] * abs(row["said"] - row["right"]) for row in rows.values()) / len(right)
    sure = probability >= 0.9
    return {
        "joints": len(right),
        "right": round(float(right.mean()), 4),
        "at_0.9_or_more": {
            "joints": int(sure.sum()),
            "right": round(float(right[sure].mean()), 4) if sure.any() else None,
        },
        "expected_calibration_error": round(error, 4),
        "tenths": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET)
    chosen.add_argument("--model", type=Path, help="a model's file: its calibration is written beside it")
    parser.add_argument("--fit", type=int, default=VALIDATION.frames, help="validation frames")
    parser.add_argument("--measure", type=int, default=1000, help="held-out frames")
    given = parser.parse_args()
    path = model_path(given.model or given.preset)
    with open_session(path, runtime="openvino", threads=1) as session:
        calibration: Calibration = fit(*read(session, VALIDATION, given.fit)[:2])
        raw, right, dropped = read(session, BENCHMARK, given.measure, calibration)
    write_calibration(path.with_name(FILE), calibration)
    figures = {
        "within_mm": WITHIN_MM,
        "fit_frames": given.fit,
        "measured_frames": given.measure,
        "dropped_frames": dropped,
        "calibrated": table(calibration(raw), right),
        "uncalibrated": table(raw, right),
    }
    if given.model is None:
        write_result(ROOT / f"bench/results/live_calibration-{given.preset}.json", {"preset": given.preset, **figures})
    for name in ("uncalibrated", "calibrated"):
        print(name, figures[name]["expected_calibration_error"], figures[name]["at_0.9_or_more"])
    print("\n".join(f"{tenth}: {row}" for tenth, row in figures["calibrated"]["tenths"].items()))


if __name__ == "__main__":
    main()
