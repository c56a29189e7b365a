"""Finger-spelled letters, learned from joints that are made up, told apart on rendered frames that are tracked.

    python bench/letters.py [--people 12]

The classifier learns from examples/letters.py. What it is asked are frames of an SR305 with people and walls behind
hands that no training has seen, each tracked on its own by the default preset: no frame helps the next.
Writes bench/results/letters.json.
"""

from __future__ import annotations

import argparse
import runpy
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thenar.bench.results import write_result
from thenar.data import clutter, mesh, shapes
from thenar.data.letters import Held, held
from thenar.data.scene import place_hand, render
from thenar.data.synthetic import BACKGROUND, find_sensor
from thenar.live.calibration import calibration_of
from thenar.live.gesture.examples import read_examples
from thenar.live.gesture.features import features
from thenar.live.gesture.learn import NONE, learn, score
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.live.tracker import Tracker, TrackerConfig
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
SENSOR = find_sensor("sr305")
SHOWN = 8


@dataclass
class Count:
    """Hands asked for, hands that were not found, and the errors of those that were."""

    frames: int
    lost: int
    errors_mm: list[float]


def frame_of(hand: Held, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A depth frame (480, 640) mm of the hand, before people and walls, and its true joints (21, 3)."""
    model = mesh.load()
    shape = shapes.apply(model, hand.coefficients)
    center = np.array((rng.normal(0, 40), rng.normal(0, 30), rng.uniform(380, 600)), np.float32)
    posed = place_hand(model, shape, hand.angles, hand.view, center)
    plan = clutter.plan(rng, posed.joints_mm, posed.forearm, BACKGROUND)
    noise = int(rng.integers(2**31))
    return render(posed, plan, SENSOR, SENSOR.camera, 1, noise).depth_mm, posed.joints_mm


def tracked(tracker: Tracker, poses, people: int, rng: np.random.Generator, count: Count) -> np.ndarray:
    """`features` of the poses, each by so many held-out hands, as far as they are found."""
    rows = []
    for pose in poses:
        for hand in held(pose, rng, people, held_out=True):
            depth_mm, truth = frame_of(hand, rng)
            tracker.reset()
            found = tracker.track(depth_mm, 0.0)
            count.frames += 1
            if found is None:
                count.lost += 1
                continue
            count.errors_mm.append(float(np.linalg.norm(found.raw_mm - truth, axis=1).mean()))
            rows.append(features(found.raw_mm, found.side))
    return np.stack(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=12)
    people: int = parser.parse_args().people
    example = runpy.run_path(str(ROOT / "examples/letters.py"))
    with tempfile.TemporaryDirectory() as folder:
        example["write"](Path(folder), example["PEOPLE"]["train"], 0, held_out=False)
        classifier = learn(read_examples(Path(folder)))
    rng, count, seen = np.random.default_rng(11), Count(0, 0, []), {}
    with open_session(model_path(DEFAULT_PRESET), threads=1) as session:
        tracker = Tracker(session, SENSOR.camera, TrackerConfig(side="right"), calibration_of(DEFAULT_PRESET))
        for name, poses in example["signs"]().items():
            shown = people if name != NONE else max(1, people // 2)
            seen[name] = tracked(tracker, poses, shown, rng, count)
    result = score(classifier, seen)
    figures = {
        "preset": DEFAULT_PRESET,
        "frames": count.frames,
        "hands_not_found": count.lost,
        "mean_joint_error_mm": float(np.mean(count.errors_mm)),
        "mean_right": result.mean_right,
        "mean_unknown": float(np.mean(list(result.unknown.values()))),
        "accepted_none": result.accepted_none,
        "right": dict(result.right),
        "confused": [list(pair) for pair in result.confused[:SHOWN]],
    }
    write_result(ROOT / "bench/results/letters.json", figures)
    print(figures)


if __name__ == "__main__":
    main()
