"""Every preset on moving hands, as each sensor sees them: what `thenar synth` writes, tracked frame after frame.

    python bench/sequences.py [--frames N] [--seed N]

Of each sensor a right and a left hand, both held out from training, N frames of 30 a second each; the hand is located
by the tracker, nothing is smoothed. Writes bench/results/sequences.json.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from thenar.bench.results import write_result
from thenar.data.sensors import SENSORS
from thenar.data.synthetic import Side, frames_of
from thenar.live.calibration import calibration_of
from thenar.live.estimator import TrackerEstimator
from thenar.live.evaluate import Answers
from thenar.live.presets import PRESETS, model_path
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
SIDES: tuple[Side, ...] = ("right", "left")
SHOWN = ("frames", "frames_without_hand", "mean_joint_error_mm", "median_joint_error_mm", "auc_0_50")


def tracked(sensor: str, frames: int, seed: int) -> dict[str, dict[str, Any]]:
    """Preset -> its figures on the sensor's sequences, which are rendered once."""
    answers = {preset: Answers() for preset in PRESETS}
    with ExitStack() as stack:
        for side in SIDES:
            sessions = {preset: open_session(model_path(preset), runtime="openvino", threads=1) for preset in PRESETS}
            estimators = {
                preset: TrackerEstimator(stack.enter_context(opened), calibration=calibration_of(preset))
                for preset, opened in sessions.items()
            }
            for frame in frames_of(SENSORS[sensor], frames, seed, side):
                for preset, estimator in estimators.items():
                    answers[preset].ask(frame, estimator)
    figures = {preset: found.evaluation().to_dict() for preset, found in answers.items()}
    return {
        preset: {name: figure[name] for name in (*SHOWN, "frames_wrong_side")} for preset, figure in figures.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--seed", type=int, default=21)
    given = parser.parse_args()
    found = {}
    for sensor in SENSORS:
        found[sensor] = tracked(sensor, given.frames, given.seed)
        print(sensor, {preset: round(figure["mean_joint_error_mm"], 2) for preset, figure in found[sensor].items()})
    result = {"frames": given.frames, "seed": given.seed, "sides": list(SIDES), "sensors": found}
    write_result(ROOT / "bench/results/sequences.json", result)


if __name__ == "__main__":
    main()
