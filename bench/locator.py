"""The locator on views of hands and poses that training never draws: its int8 model and its float32 twin.

    python bench/locator.py [--views N]

Writes bench/results/locator.json and the metrics.json that ships with the model. A hand is found where a candidate lies
within its palm's length of it in the image; a candidate at a hand too hidden to ask for counts neither way.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from thenar.atomic import write_text
from thenar.bench.results import write_result
from thenar.cli.main import app
from thenar.data.scenes import SceneRecipe, SceneSource
from thenar.hand.peaks import peaks
from thenar.hand.view import HALF_MM
from thenar.live.locator import LEAST_HEAT
from thenar.live.presets import locator_path
from thenar.run import open as open_session
from thenar.run.session import Session
from thenar.train.views import LEFT, NOBODY, RIGHT, UNCLEAR, ViewBatch

ROOT = Path(__file__).parents[1]
SEED = 5_000_001
BATCH = 100


def count(session: Session, batch: ViewBatch, least: float) -> dict[str, Any]:
    hands = found = claimed = true = empty = silent = 0
    depth_mm: list[float] = []
    for image, uvd, radius, side in zip(*batch, strict=True):
        answer = session.run({"view": image[None]})
        given = peaks(answer["heat"].sum(axis=1).clip(max=1), answer["uvd"][0], least)
        close = [[p for p in given if np.linalg.norm(p.uvd[:2] - uvd[k, :2]) < 2 * radius[k]] for k in range(len(side))]
        asked = [k for k in range(len(side)) if side[k] in (RIGHT, LEFT)]
        unclear = [id(p) for k in range(len(side)) if side[k] == UNCLEAR for p in close[k]]
        near = {id(p) for k in asked for p in close[k]}
        hands, found = hands + len(asked), found + sum(bool(close[k]) for k in asked)
        claimed += sum(id(p) not in unclear or id(p) in near for p in given)
        true += len(near)
        depth_mm += [abs(float(close[k][0].uvd[2] - uvd[k, 2])) * HALF_MM for k in asked if close[k]]
        nobody = bool((side == NOBODY).all())
        empty, silent = empty + nobody, silent + (nobody and not given)
    return {
        "hands": hands, "found": found, "claimed": claimed, "true": true,
        "empty": empty, "silent": silent, "depth_mm": depth_mm,
    }  # fmt: skip


def measure(model: Path, batches: list[ViewBatch], least: float) -> dict[str, Any]:
    with open_session(model, runtime="openvino", threads=1) as session:
        parts = [count(session, batch, least) for batch in batches]
    total = {key: sum((part[key] for part in parts), type(parts[0][key])()) for key in parts[0]}
    return {
        "hands": total["hands"],
        "recall": round(total["found"] / max(total["hands"], 1), 4),
        "precision": round(total["true"] / max(total["claimed"], 1), 4),
        "empty_views": total["empty"],
        "empty_views_without_candidate": round(total["silent"] / max(total["empty"], 1), 4),
        "median_depth_error_mm": round(float(np.median(total["depth_mm"])), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=2000)
    views = parser.parse_args().views
    source = SceneSource(SceneRecipe(held_out=True, shape_count=200), SEED, BATCH)
    batches = [source.batch(step) for step in range(-(-views // BATCH))]
    with tempfile.TemporaryDirectory() as folder:
        weights = ROOT / "weights/locator/model"
        app(["export", str(weights), "-o", folder, "--no-int8", "--json"], standalone_mode=False)
        models = {"int8": locator_path(), "float32": Path(folder) / "model.float32.onnx"}
        figures = {
            f"{kind} at heat {least:g}": measure(path, batches, least)
            for kind, path in models.items()
            for least in (LEAST_HEAT, 2 * LEAST_HEAT)
        }
    result = {"views": len(batches) * BATCH, "recipe": source.recipe.to_dict(), **figures}
    write_result(ROOT / "bench/results/locator.json", result)
    write_text(
        locator_path().with_name("metrics.json"), json.dumps({"views": result["views"], **figures}, indent=1) + "\n"
    )
    for name, figure in figures.items():
        print(name, figure)


if __name__ == "__main__":
    main()
