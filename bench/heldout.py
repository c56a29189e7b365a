"""The held-out benchmark: the shipped int8 model and its float32 twin, located by the tracker and at the true centre.

    python bench/heldout.py [--frames N]

Writes bench/results/heldout.json. The twin is exported here from the weights that the int8 model was made from.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from thenar.bench.results import write_result
from thenar.cli.main import app
from thenar.data.heldout import BENCHMARK
from thenar.data.heldout_frames import heldout_frames
from thenar.live.estimator import TrackerEstimator
from thenar.live.evaluate import evaluate_frames
from thenar.live.presets import DEFAULT_PRESET, model_path
from thenar.run import open as open_session

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "weights" / DEFAULT_PRESET / "model"


def float32_twin(folder: Path) -> Path:
    app(["export", str(WEIGHTS), "-o", str(folder), "--no-int8", "--json"], standalone_mode=False)
    return folder / "model.float32.onnx"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=BENCHMARK.frames, help="the first N frames only")
    count = parser.parse_args().frames
    recipe = BENCHMARK
    figures: dict[str, object] = {"recipe": recipe.to_dict(), "frames_run": count}
    with tempfile.TemporaryDirectory() as folder:
        models = {"int8": model_path(), "float32": float32_twin(Path(folder))}
        for kind, path in models.items():
            with open_session(path, runtime="openvino") as session:
                for center in ("located", "truth"):
                    estimator = TrackerEstimator(session, follow=False)
                    frames = tqdm(heldout_frames(recipe), total=count, desc=f"{kind}, {center}")
                    taken = (frame for frame, _ in zip(frames, range(count), strict=False))
                    figures[f"{kind}_{center}"] = evaluate_frames(taken, estimator, center).to_dict()
    frames = heldout_frames(replace(recipe, frames=recipe.frames))
    seen = [frame.hands[0].visible for frame, _ in zip(frames, range(count), strict=False)]
    figures["occluded_share"] = float(1 - np.mean(seen))
    write_result(ROOT / "bench/results/heldout.json", figures)


if __name__ == "__main__":
    main()
