"""The held-out benchmark: a preset's int8 model and its float32 twin, located by the tracker and at the true centre.

    python bench/heldout.py [--preset NAME] [--frames N] [--ask int8_located ...]

Writes bench/results/heldout-NAME.json and, of all frames, the preset's metrics.json. The twin is exported here from the
weights that the int8 model was made from. Three questions are asked: where is the hand, which one is it and what are
its joints (`located`); the same of a tracker that never says that there is no hand (`located_always`); and what are its
joints when centre and side are given (`truth`).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from thenar.atomic import write_text
from thenar.bench.results import write_result
from thenar.cli.main import app
from thenar.data.heldout import BENCHMARK
from thenar.data.heldout_frames import heldout_frames
from thenar.live.estimator import TrackerEstimator
from thenar.live.evaluate import evaluate_frames
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.live.tracker import TrackerConfig
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
QUESTIONS = ("located", "truth", "located_always")
SHOWN = ("int8_located", "int8_located_always", "int8_truth", "float32_located", "float32_truth")
SHIPPED = (
    "mean_joint_error_mm",
    "median_joint_error_mm",
    "auc_0_50",
    "frames",
    "frames_without_hand",
    "frames_wrong_side",
)


def float32_twin(folder: Path, preset: str = DEFAULT_PRESET) -> Path:
    weights = ROOT / "weights" / preset / "model"
    app(["export", str(weights), "-o", str(folder), "--no-int8", "--json"], standalone_mode=False)
    return folder / "model.float32.onnx"


def ask(model: Path, question: str, count: int) -> dict[str, Any]:
    never_refuse = {"found_score": 0.0} if question == "located_always" else {}
    config = TrackerConfig(smooth=None, **never_refuse)
    with open_session(model, runtime="openvino", threads=1) as session:
        estimator = TrackerEstimator(session, config, follow=False)
        frames = islice(heldout_frames(BENCHMARK), count)
        return evaluate_frames(frames, estimator, "truth" if question == "truth" else "located").to_dict()


def occluded_share(count: int) -> float:
    return float(1 - np.mean([frame.hands[0].visible for frame in islice(heldout_frames(BENCHMARK), count)]))


def preset_metrics(result: dict[str, Any]) -> dict[str, Any]:
    """The main figures of each question, as they ship with the model."""
    questions = {name: {key: figure[key] for key in SHIPPED} for name, figure in result.items() if name in SHOWN}
    return {"benchmark": "thenar.data.heldout.BENCHMARK", "occluded_share": result["occluded_share"], **questions}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=BENCHMARK.frames, help="the first N frames only")
    parser.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET)
    parser.add_argument("--ask", nargs="+", choices=SHOWN, default=SHOWN, help="which questions, of which model")
    given = parser.parse_args()
    count, preset = given.frames, given.preset
    spawned = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(max_workers=2, mp_context=spawned) as pool:
        models = {"int8": model_path(preset), "float32": float32_twin(Path(folder), preset)}
        jobs = {
            f"{kind}_{question}": pool.submit(ask, path, question, count)
            for question in QUESTIONS
            for kind, path in models.items()
            if f"{kind}_{question}" in given.ask
        }
        occluded = pool.submit(occluded_share, count)
        figures = {name: job.result() for name, job in jobs.items()}
        for name, figure in figures.items():
            print(f"{name:<28} {figure['mean_joint_error_mm']:.2f} mm, {figure['frames_without_hand']} without hand")
        result = {
            "preset": preset,
            "recipe": BENCHMARK.to_dict(),
            "frames_run": count,
            "occluded_share": occluded.result(),
            **figures,
        }
    write_result(ROOT / f"bench/results/heldout-{preset}.json", result)
    if count == BENCHMARK.frames:
        write_text(model_path(preset).with_name("metrics.json"), json.dumps(preset_metrics(result), indent=1) + "\n")


if __name__ == "__main__":
    main()
