"""Sequences that are hard to track: how many hands are found, invented, numbered anew or taken for the other side.

    python bench/live_torture.py [--only NAME ...] [--model NAME]

Runs the tracker that live tracking uses over `thenar.data.torture`, frame by frame in order, smoothed as it ships.
Writes bench/results/live-torture.json: one row a sequence and, over all of them, whether confidences mean what they
say. With --only nothing is written.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np

from thenar.bench.results import write_result
from thenar.data.torture import SEQUENCES
from thenar.data.torture.sequence import numbered
from thenar.live.hands import tracker_of
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.live.reliability import calibration_error, reliability, share_within
from thenar.live.score_tracks import TrackScorer, score_frames
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SEQUENCES, default=list(SEQUENCES), metavar="NAME")
    parser.add_argument("--model", default=DEFAULT_PRESET, help="a preset or a path")
    options = parser.parse_args()
    rows, scorers = [], []
    make = tracker_of(options.model)
    with open_session(model_path(options.model), threads=1) as session:
        for name in options.only:
            torture = SEQUENCES[name]
            scorer, begun_s = TrackScorer(), time.perf_counter()
            score = score_frames(numbered(torture.frames()), partial(make, session), scorer)
            print(f"{name:<17} {score.to_dict()} {time.perf_counter() - begun_s:.0f} s", flush=True)
            rows.append({"name": name, "what": torture.what, **score.to_dict()})
            scorers.append(scorer)
        runtime = session.runtime
    confidence = np.concatenate([c for scorer in scorers for c in scorer.confidence] or [np.zeros(0)])
    error_mm = np.concatenate([e for scorer in scorers for e in scorer.error_mm] or [np.zeros(0)])
    table = reliability(confidence, error_mm)
    joints, share = share_within(confidence, error_mm, 0.9)
    trusted = {"joints": joints, "share_within": None if joints == 0 else share}
    for part in table:
        print(
            f"{part.low:.1f} to {part.high:.1f}: {part.joints:6d} joints, {100 * part.share_within:.1f} % within 15 mm"
        )
    print(f"at least 0.9: {joints} joints, {100 * share:.1f} %; calibration error {calibration_error(table):.3f}")
    if set(options.only) == set(SEQUENCES):
        figures = {
            "model": str(options.model),
            "runtime": runtime,
            "sequences": rows,
            "reliability": [part.to_dict() for part in table],
            "calibration_error": calibration_error(table),
            "at_0.9": trusted,
        }
        write_result(ROOT / "bench/results/live-torture.json", figures)


if __name__ == "__main__":
    main()
