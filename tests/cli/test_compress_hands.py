"""A hand network through `thenar compress`: rendered or recorded hands in, a smaller network and its report out."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from run_cli import here

pytestmark = [pytest.mark.train, pytest.mark.runtime]
pytest.importorskip("torch_pruning")

from thenar.data import hand_task  # noqa: E402
from thenar.data.sample import SampleRecipe, SampleSource  # noqa: E402
from thenar.hand.skeleton import JOINTS  # noqa: E402

DEMO = Path(__file__).parents[2] / "recordings/demo"
SPEC = 'family = "student"\nchannels = [16, 32]\nblocks = [0, 1]\n'
RECIPE = SampleRecipe(shape_count=4)
QUICK = ("--trials", 1, "--short-steps", 1, "--steps", 1, "--finalists", 1, "--batch", 4, "--runtime", "openvino")


@pytest.fixture
def thenar(capsys, monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hand_task, "CALIBRATION_CROPS", 8)
    monkeypatch.setattr(hand_task, "SampleRecipe", partial(SampleRecipe, shape_count=4))
    monkeypatch.setattr(hand_task, "crops_of", lambda recipe: [SampleSource(RECIPE, 5, 8).batch(0)])
    (tmp_path / "small.toml").write_text(SPEC)
    return lambda *arguments: here(capsys, monkeypatch, *arguments)


def record(folder: Path, frames: int, labels: int) -> Path:
    """The first frames of the demo, some of them labelled."""
    folder.mkdir()
    for path in sorted(DEMO.glob("*.png"))[:frames]:
        shutil.copy(path, folder)
    shutil.copy(DEMO / "camera.json", folder)
    lines = (DEMO / "joints.jsonl").read_text().splitlines(keepends=True)
    (folder / "joints.jsonl").write_text("".join(lines[:labels]))
    return folder


@pytest.mark.parametrize("data", ["SYNTH", "recording"])
def test_a_spec_comes_out_smaller_with_its_errors_per_joint(thenar, tmp_path: Path, data: str) -> None:
    record(tmp_path / "recording", 10, 10)
    outcome = thenar(
        "compress", "--model", "small.toml", "--data", data, "--budget", "size_kb=500", *QUICK, "-o", "out", "--json"
    )
    assert outcome.code == 0, outcome.err
    document = json.loads(outcome.out)
    assert document["met"] and document["result"]["cost"]["macs"] < 0.7 * document["original"]["cost"]["macs"]
    page = (tmp_path / "out/report.html").read_text()
    assert all(f"<tr><td>{joint}</td>" in page for joint in JOINTS) and page.count("<figure>") >= 2
    if data == "SYNTH":
        return  # its model is of the same kind
    tracked = thenar("track", "recording", "--model", "out", "-o", "tracked", "--json")
    assert tracked.code == 0, tracked.err
    assert json.loads(tracked.out)["frames"] == 10


@pytest.mark.parametrize(
    ("model", "labels", "says"),
    [
        ("small.toml", 3, "recording: has 3 frames with 21 known joints; label 10 or more of them in joints.jsonl"),
        ("nets:small", 10, "--data recording is of hands; give module:factory of this network's data"),
    ],
)
def test_a_recording_that_cannot_teach_is_one_line(thenar, tmp_path: Path, model: str, labels: int, says: str) -> None:
    record(tmp_path / "recording", 10, labels)
    outcome = thenar("compress", "--model", model, "--data", "recording", *QUICK, "-o", "out")
    assert outcome.code == 2 and f"thenar: {says}" in outcome.err
