"""The whole road at toy size: render, train, export, quantize, run, track, evaluate."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.runtime]

import thenar.run  # noqa: E402
from thenar.cli.main import main  # noqa: E402
from thenar.data.joints_file import read_joints  # noqa: E402
from thenar.data.sample import SampleRecipe, SampleSource  # noqa: E402
from thenar.nets.spec import StudentSpec  # noqa: E402
from thenar.train.config import FitConfig, Machine  # noqa: E402
from thenar.train.fit import fit  # noqa: E402

RECIPE = SampleRecipe(shape_count=8, poses_per_batch=8)
STEPS, BATCH, FRAMES = 10, 8, 6


def thenar_command(capsys, monkeypatch, *arguments):
    """What `thenar ARGS --json` prints."""
    monkeypatch.setattr(sys, "argv", ["thenar", *map(str, arguments), "--json"])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The folder of a run of a few steps on rendered crops."""
    folder = tmp_path_factory.mktemp("tiny") / "run"
    source = SampleSource(RECIPE, 1, BATCH)
    done = fit(
        StudentSpec(channels=(16, 16, 32), blocks=(0, 0, 0), map_size=16),
        partial(SampleSource, RECIPE, 0, BATCH),
        FitConfig(steps=STEPS, warmup=2),
        folder,
        run=Machine(workers=0, threads=1, progress=False),
        held_out={"tiny": [source.batch(0)]},
        data={"kind": "rendered", "batch": BATCH, **RECIPE.to_dict()},
    )
    assert done.finished and done.step == STEPS and np.isfinite(done.metrics["tiny"]["mean_joint_error_mm"])
    return folder


def test_from_rendered_depth_to_joints_in_a_file(trained, tmp_path, capsys, monkeypatch):
    command = partial(thenar_command, capsys, monkeypatch)
    recording, model = tmp_path / "rec", tmp_path / "model" / "model.onnx"
    assert command("synth", recording, "--frames", FRAMES, "--seed", 2)["frames"] == FRAMES
    written = command("export", trained, "-o", model.parent, "--calibration", 16)["files"]
    assert written["int8"]["bytes"] < written["float32"]["bytes"]

    crops = SampleSource(RECIPE, 5, 16).batch(0).images
    answers = {}
    for name in ("model.float32.onnx", "model.onnx"):
        for runtime in ("openvino", "onnxruntime"):
            with thenar.run.open(model.parent / name, runtime=runtime) as session:
                answers[name, runtime] = session.run_many({"depth": crops})["uvd"]
    float32 = [answers["model.float32.onnx", runtime] for runtime in ("openvino", "onnxruntime")]
    np.testing.assert_allclose(*float32, atol=1e-4)
    apart_mm = 140 * np.linalg.norm(answers["model.onnx", "openvino"] - answers["model.onnx", "onnxruntime"], axis=-1)
    assert apart_mm.mean() < 1

    tracked = command("track", recording, "-o", tmp_path / "out", "--model", model, "--side", "right")
    assert tracked["frames"] == FRAMES and tracked["runtime"] == "openvino"
    hands, _ = read_joints(tmp_path / "out" / "joints.jsonl")
    assert len(hands) == FRAMES - tracked["frames_without_hand"]

    measured = command("evaluate", recording, "--model", model.parent, "--center", "truth")
    assert measured["frames"] == FRAMES and measured["frames_without_hand"] == 0
    assert 0 < measured["mean_joint_error_mm"] < 150, "a network of ten steps, but in millimetres and in the cube"
