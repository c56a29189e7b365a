"""How much a still hand trembles and how late a hand at 1 m/s is told: as read, by a One-Euro filter, as it ships.

    python bench/live_smooth.py [--people tune]

Hands before a rendered SR305 are followed without a filter; the same readings then go through each filter. The filters'
defaults were chosen on the people of `tune`; what is measured are others. Writes bench/results/live-smooth.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from smooth_scenes import FPS, SENSOR, SPEED_MM_S, Take, takes

from thenar.bench.results import write_result
from thenar.live.calibration import calibration_of
from thenar.live.followed import FollowConfig
from thenar.live.hand_filter import HandFilter, HandFilterConfig
from thenar.live.hands import HandsConfig, HandsTracker
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.live.smooth import OneEuro
from thenar.live.steadiness import jitter_mm, lag_ms
from thenar.run import open as open_session
from thenar.run.session import Session

ROOT = Path(__file__).parents[1]
SETTLED = round(0.5 * FPS)
"""Frames after which a still hand has to be told still."""

FILTERS: dict[str, Callable[[], Callable[[np.ndarray, float], np.ndarray]]] = {
    "as read": lambda: lambda joints, time_s: joints,
    "One-Euro": OneEuro,
    "as it ships": HandFilter,
}


@dataclass(frozen=True)
class Track:
    """What was read of one hand, frame by frame, and what was true: (T,), (T, 21, 3), (T, 21, 3)."""

    kind: str
    times_s: np.ndarray
    read_mm: np.ndarray
    truth_mm: np.ndarray
    lost: int


def followed(session: Session, take: Take) -> Track:
    """The first hand's joints before any filter; frames in which it is lost are left out and counted."""
    tracker = HandsTracker(
        session,
        SENSOR.camera,
        HandsConfig(follow=FollowConfig(smooth=None)),
        calibration=calibration_of(DEFAULT_PRESET),
    )
    rows, frames = [], 0
    for frame in take.frames:
        frames += 1
        hands = tracker.track(frame.depth_mm, frame.time_s)
        if hands:
            rows.append((frame.time_s, hands[0].joints_mm, frame.hands[0].joints_mm))
    times, read, truth = (np.array(column) for column in zip(*rows, strict=True))
    return Track(take.kind, times, read, truth, frames - len(rows))


def measured(tracks: list[Track], name: str) -> dict[str, Any]:
    """One filter over all tracks."""
    jitter, lags, finger_lags, errors = [], {}, [], []
    for number, track in enumerate(tracks):
        filtered = FILTERS[name]()
        told = np.stack([filtered(j, float(t)) for j, t in zip(track.read_mm, track.times_s, strict=True)])
        if track.kind == "still":
            jitter.append(jitter_mm(told[SETTLED:]))
            continue
        lags[f"{track.kind} {number}"] = lag_ms(told, track.truth_mm, track.times_s)
        errors.append(float(np.linalg.norm(told - track.truth_mm, axis=2).mean()))
        posed = [joints - joints.mean(axis=1, keepdims=True) for joints in (told, track.truth_mm)]
        if np.ptp(posed[1], axis=0).max() > 1:
            finger_lags.append(lag_ms(posed[0], posed[1], track.times_s))
    return {
        "jitter_mm": float(np.sqrt(np.mean(np.square(jitter)))),
        "jitter_worst_hand_mm": max(jitter),
        "jitter_median_hand_mm": float(np.median(jitter)),
        "lag_ms": float(np.mean(list(lags.values()))),
        "lag_longest_ms": max(lags.values()),
        "lag_fingers_ms": float(np.mean(finger_lags)),
        "error_moving_mm": float(np.mean(errors)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", choices=("tune", "measure"), default="measure")
    parser.add_argument("--model", default=DEFAULT_PRESET, help="a preset or a path")
    options = parser.parse_args()
    with open_session(model_path(options.model), threads=1) as session:
        tracks = [followed(session, take) for take in takes(options.people)]
    figures = {
        "model": str(options.model),
        "sensor": SENSOR.name,
        "fps": FPS,
        "speed_mm_s": SPEED_MM_S,
        "hands_still": sum(track.kind == "still" for track in tracks),
        "hands_moving": sum(track.kind != "still" for track in tracks),
        "frames": sum(len(track.times_s) for track in tracks),
        "frames_lost": sum(track.lost for track in tracks),
        "defaults": asdict(HandFilterConfig()),
        "filters": {name: measured(tracks, name) for name in FILTERS},
    }
    print(json.dumps(figures, indent=1))
    if options.people == "measure":
        write_result(ROOT / "bench/results/live-smooth.json", figures)


if __name__ == "__main__":
    main()
