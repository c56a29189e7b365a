"""What works without any extra: the libraries of all extras are made to look absent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from run_cli import apart

TRAIN = "pip install torch==2.13.0 first, then pip install 'thenar[train]'"
SYNTH = "pip install 'thenar[synth]'"
EXTRAS = ("torch", "numba", "onnx", "onnxruntime", "nncf", "scipy", "safetensors", "websockets")
DEMO = Path(__file__).parents[2] / "recordings/demo"
WITHOUT = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS}))"


def base(*arguments):
    return apart(*arguments, before=WITHOUT)


def test_a_recording_is_tracked(hand_model, tmp_path):
    rec = tmp_path / "rec"
    rec.mkdir()
    for name in ("camera.json", "000000.png"):
        shutil.copy(DEMO / name, rec)
    options = ["-o", tmp_path / "out", "--model", hand_model, "--side", "right", "--animate", "--json"]
    outcome = base("track", rec, *options)
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out)["frames_without_hand"] == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"joints.jsonl", "overlay.gif", "still.png"}
    outcome = base("track", rec, "--model", hand_model, "--runtime", "onnxruntime")
    assert outcome.code == 2
    assert outcome.err == "thenar: onnxruntime is not installed; pip install 'thenar[onnxruntime]'\n"


def test_doctor_names_what_is_missing():
    report = json.loads(base("doctor", "--json").out)
    assert report["default_runtime"] == "openvino"
    for extra in ("synth", "train", "onnxruntime", "compile"):
        assert any(f"[{extra}] is missing" in advice for advice in report["advice"])


@pytest.mark.parametrize("command", [[], ["track"], ["evaluate"], ["train"], ["export"], ["synth"], ["doctor"]])
def test_help_needs_nothing(command):
    outcome = base(*command, "--help")
    assert outcome.code == 0 and outcome.err == "" and "Usage: thenar" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "-o", "run"], f"torch is not installed; {TRAIN}"),
        (["synth", "rec"], f"numba is not installed; {SYNTH}"),
        (["synth", "--bench"], f"numba is not installed; {SYNTH}"),
        (["export", "run", "-o", "out"], f"onnx is not installed; {TRAIN}"),
        (["evaluate", "--dataset", "heldout", "--model", "{model}"], f"numba is not installed; {SYNTH}"),
    ],
)
def test_the_rest_names_its_extra(hand_model, arguments, says):
    outcome = base(*(argument.format(model=hand_model) for argument in arguments))
    assert outcome.code == 2 and outcome.out == "" and outcome.err == f"thenar: {says}\n"
