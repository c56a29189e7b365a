"""The held-out benchmark: a preset's int8 model and its float32 twin, located by the tracker and at the true centre.

    python bench/heldout.py [--preset NAME] [--frames N] [--ask int8_located ...] [--runtime native] [--processes N]

Writes bench/results/heldout-NAME.json, where what an earlier run answered about the same models stays, and, of all
frames, the preset's metrics.json. The twin is exported here from the weights that the int8 model was made from. Three
questions are asked: where is the hand, which one is it and what are its joints (`located`); the same of a tracker that
never says that there is no hand (`located_always`); and what are its joints when centre and side are given (`truth`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from thenar.atomic import write_text
from thenar.bench.results import read_result, write_result
from thenar.cli.main import app
from thenar.data.heldout import BENCHMARK
from thenar.data.heldout_frames import heldout_frames
from thenar.live.calibration import Calibration, calibration_of
from thenar.live.estimator import TrackerEstimator
from thenar.live.evaluate import Answers
from thenar.live.presets import DEFAULT_PRESET, PRESETS, model_path
from thenar.live.tracker import TrackerConfig
from thenar.run import RUNTIMES
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
PART = 500
"""Frames that a process is handed at a time."""

SHOWN = ("int8_located", "int8_located_always", "int8_truth", "float32_located", "float32_truth")
SHIPPED = (
    "mean_joint_error_mm",
    "median_joint_error_mm",
    "auc_0_50",
    "frames",
    "frames_without_hand",
    "frames_wrong_side",
)


def weights_of(preset: str) -> Path:
    """The saved network, without its ending, that a preset was made from."""
    return ROOT / "weights" / preset / "model"


def float32_twin(folder: Path, preset: str = DEFAULT_PRESET) -> Path:
    app(["export", str(weights_of(preset)), "-o", str(folder), "--no-int8", "--json"], standalone_mode=False)
    return folder / "model.float32.onnx"


def ask(
    models: dict[str, Path], runtime: str, questions: tuple[str, ...], calibration: Calibration, indices: range
) -> dict[str, Answers]:
    """The answers of every model to every question, on frames that are rendered once."""
    answers = {question: Answers() for question in questions}
    with ExitStack() as stack:
        sessions = {
            kind: stack.enter_context(open_session(path, runtime=runtime, threads=1))
            for kind, path in models.items()
            if any(question.startswith(kind) for question in questions)
        }
        estimators = {}
        for question in questions:
            kind, _, asked = question.partition("_")
            never_refuse = {"found_score": 0.0} if asked == "located_always" else {}
            config = TrackerConfig(smooth=None, **never_refuse)
            estimators[question] = TrackerEstimator(sessions[kind], config, follow=False, calibration=calibration)
        for frame in heldout_frames(BENCHMARK, indices):
            for question, estimator in estimators.items():
                answers[question].ask(frame, estimator, "truth" if question.endswith("truth") else "located")
    return answers


def occluded_share(answers: Answers) -> float:
    return float(1 - np.mean([hand.visible for hand in answers.hands]))


def before(path: Path, head: dict[str, Any]) -> dict[str, Any]:
    """What an earlier run answered about the same models on the same frames."""
    earlier = read_result(path) if path.is_file() else {}
    same = all(earlier.get(name) == json.loads(json.dumps(value)) for name, value in head.items())
    return {question: earlier[question] for question in SHOWN if same and question in earlier}


def preset_metrics(result: dict[str, Any]) -> dict[str, Any]:
    """The main figures of each question, as they ship with the model."""
    questions = {name: {key: figure[key] for key in SHIPPED} for name, figure in result.items() if name in SHOWN}
    return {"benchmark": "thenar.data.heldout.BENCHMARK", "occluded_share": result["occluded_share"], **questions}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=BENCHMARK.frames, help="the first N frames only")
    parser.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET)
    parser.add_argument("--ask", nargs="+", choices=SHOWN, default=SHOWN, help="which questions, of which model")
    parser.add_argument("--runtime", choices=RUNTIMES, default="openvino")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, help="another file for the result")
    given = parser.parse_args()
    parts = [range(start, min(start + PART, given.frames)) for start in range(0, given.frames, PART)]
    calibration = calibration_of(given.preset)
    spawned = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(given.processes, mp_context=spawned) as pool:
        models = {"int8": model_path(given.preset), "float32": float32_twin(Path(folder), given.preset)}
        asked = partial(ask, models, given.runtime, tuple(given.ask), calibration)
        answers = {question: Answers() for question in given.ask}
        for part in tqdm(pool.map(asked, parts), total=len(parts), desc=given.preset):
            for question, found in part.items():
                answers[question].extend(found)
        hashes = {kind: hashlib.sha256(path.read_bytes()).hexdigest() for kind, path in models.items()}
    figures = {question: {"runtime": given.runtime, **a.evaluation().to_dict()} for question, a in answers.items()}
    for name, figure in figures.items():
        print(f"{name:<28} {figure['mean_joint_error_mm']:.2f} mm, {figure['frames_without_hand']} without hand")
    head = {"preset": given.preset, "recipe": BENCHMARK.to_dict(), "frames_run": given.frames, "models": hashes}
    head["found_confidence"] = calibration.raw_of(TrackerConfig().found_score)
    path = given.out or ROOT / f"bench/results/heldout-{given.preset}.json"
    shown = before(path, head) | figures
    result = {
        **head,
        "occluded_share": occluded_share(next(iter(answers.values()))),
        **{question: shown[question] for question in SHOWN if question in shown},
    }
    write_result(path, result)
    if given.frames == BENCHMARK.frames and not given.out:
        metrics = json.dumps(preset_metrics(result), indent=1) + "\n"
        write_text(model_path(given.preset).with_name("metrics.json"), metrics)


if __name__ == "__main__":
    main()
