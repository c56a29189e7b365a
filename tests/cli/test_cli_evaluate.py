from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from thenar.cli import evaluate as command
from thenar.cli.tables import columns
from thenar.data.frame import Frame, Hand
from thenar.data.recording import Recorder
from thenar.errors import ThenarError
from thenar.hand.camera import Camera
from thenar.live.evaluate import Estimator, Given

CAMERA = Camera(50.0, 50.0, 15.5, 11.5, 32, 24)
JOINTS = np.random.default_rng(0).uniform([-60, -60, 400], [60, 60, 500], (21, 3)).astype(np.float32)


@pytest.fixture
def run():  # type: ignore[no-untyped-def]
    """Run `thenar evaluate ARGS`: stdout, stderr."""
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)

    def invoke(*arguments: object) -> tuple[str, str]:
        result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout, result.stderr

    return invoke


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    with Recorder(tmp_path / "rec", CAMERA) as recorder:
        for _ in range(3):
            recorder.write(np.full((24, 32), 450.0), hands=(Hand(JOINTS, "right"),))
    return tmp_path / "rec"


@pytest.fixture
def tracker(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Stands in for the network: 5 mm off. The list takes what it was opened with."""
    opened: list[tuple[object, ...]] = []

    def estimate(frame: Frame, given: Given | None) -> Hand:
        return Hand(JOINTS + np.float32([0, 3, 4]), "right")

    def open_estimator(model: str, runtime: str, *, follow: bool) -> Estimator:
        opened.append((model, runtime, follow))
        return estimate

    module = types.ModuleType("thenar.live.estimator")
    module.open_estimator = open_estimator  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return opened


def test_published_predictions_as_one_json_document(run, shared_data: Path) -> None:  # type: ignore[no-untyped-def]
    folder = shared_data / "published"
    arguments = ["--predictions", folder / "nyu_awr_resnet18_uvd14.npz"]
    arguments += ["--truth", folder / "nyu_test_groundtruth_uvd14.npz", "--dataset", "nyu"]
    out, err = run(*arguments, "--json")
    document = json.loads(out)
    assert document["mean_joint_error_mm"] == pytest.approx(7.754, abs=0.0005) and not err
    assert document["frames"] == 8252 and len(document["per_joint_mm"]) == 14
    assert "mean joint error      7.754 mm" in run(*arguments)[0]


def test_a_recording_is_evaluated_and_bad_frames_are_told(run, recording: Path, tracker) -> None:  # type: ignore[no-untyped-def]
    (recording / "000001.png").write_bytes(b"torn")
    out, err = run(recording, "--json", "--runtime", "onnxruntime", "--model", "m.onnx")
    document = json.loads(out)
    assert document["mean_joint_error_mm"] == pytest.approx(5, abs=1e-3) and document["frames"] == 2
    assert tracker == [("m.onnx", "onnxruntime", True)]
    assert err.count("\n") == 1 and "skipped" in err and "000001.png" in err
    text, _ = run(recording)
    assert "mean joint error      5.000 mm" in text and "index_tip" in text and "distance" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to evaluate; give a recording"),
        (["--predictions", "p.npz"], "belong together"),
        (["rec", "--predictions", "p.npz", "--truth", "t.npz", "--dataset", "nyu"], "belong together"),
        (["--predictions", "p.npz", "--truth", "t.npz", "--dataset", "nyuu"], "no data set is called 'nyuu'"),
        (["--predictions", "p.npz", "--truth", "t.npz", "--dataset", "nyu"], "p.npz: not readable"),
        (["none", "--center", "middle"], "choose located or truth"),
        (["none"], "none: no such folder"),
        (["none", "--dataset", "nyu"], "none: no such folder"),
    ],
)
def test_what_makes_no_sense_is_one_line(run, tracker, arguments: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ThenarError, match=message):
        run(*arguments)


def test_columns_are_flush() -> None:
    assert (
        columns(("joint", "mm"), [("a", "10.00"), ("longer", "9.5")]) == "joint      mm\na       10.00\nlonger    9.5"
    )
