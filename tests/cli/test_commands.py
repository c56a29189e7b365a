"""Every command as a user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from run_cli import apart, here

from thenar.cli.main import COMMANDS
from thenar.data.frame import Hand
from thenar.data.joints_file import read_joints
from thenar.data.recording import Recorder
from thenar.hand.camera import Camera

CAMERA = Camera(150.0, 150.0, 79.5, 59.5, 160, 120)


@pytest.fixture
def recording(tmp_path):
    """Five frames of a disc 500 mm away, labelled with its centre."""
    v, u = np.indices((120, 160))
    disc = np.where((u - 80) ** 2 + (v - 60) ** 2 < 18**2, 500.0, 0.0)
    with Recorder(tmp_path / "rec", CAMERA) as recorder:
        for i in range(5):
            recorder.write(
                disc + 2 * i * (disc > 0), i / 30, (Hand(np.full((21, 3), (0, 0, 500), np.float32), "right"),)
            )
    return tmp_path / "rec"


@pytest.fixture
def thenar(capsys, monkeypatch):
    return lambda *arguments: here(capsys, monkeypatch, *arguments)


def one_document(outcome):
    """What a command with --json printed: one document, plain JSON, on one stdout."""
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(outcome.out, parse_constant=refuse)


WITH_PARTS = {"recipe": ("show", "run"), "gesture": ("train", "eval")}
PAGES = [(name, *part) for name in COMMANDS for part in ([(each,) for each in WITH_PARTS.get(name, ())] or [()])]


@pytest.mark.parametrize("command", [(), *PAGES], ids=lambda words: " ".join(words) or "thenar")
def test_help_says_what_for_and_how(thenar, command):
    outcome = thenar(*command, "--help")
    assert outcome.code == 0 and outcome.err == ""
    assert f"Usage: thenar {' '.join(command)}".strip() in outcome.out and len(outcome.out.splitlines()) > 6
    if command:
        assert "--json" in outcome.out
    else:
        assert all(name in outcome.out for name in COMMANDS)


def test_no_command_shows_the_help(thenar):
    outcome = thenar()
    assert "Usage: thenar" in outcome.out + outcome.err


@pytest.fixture
def demo(tmp_path):
    """The first five frames of the recording that comes with the project: a hand that the locator finds."""
    given, folder = Path(__file__).parents[2] / "recordings/demo", tmp_path / "demo"
    folder.mkdir()
    for name in ("camera.json", *(f"{index:06d}.png" for index in range(5))):
        shutil.copy(given / name, folder)
    lines = (given / "joints.jsonl").read_text().splitlines(keepends=True)
    (folder / "joints.jsonl").write_text("".join(lines[:5]))
    return folder


def test_track_as_one_document(thenar, demo, hand_model, tmp_path):
    options = ["--model", hand_model, "--side", "right", "--json"]
    document = one_document(thenar("track", demo, "-o", tmp_path / "out", *options))
    assert {"frames", "frames_without_hand", "ms_per_frame_p50", "ms_per_frame_p95", "runtime", "out"} <= set(document)
    assert (document["frames"], document["frames_without_hand"]) == (5, 0)
    assert document["runtime"] == "openvino" and document["out"] == str(tmp_path / "out")
    assert len(read_joints(tmp_path / "out" / "joints.jsonl")[0]) == 5


@pytest.mark.runtime
def test_track_on_the_other_runtime(thenar, recording, hand_model, tmp_path):
    options = ["--model", hand_model, "--runtime", "onnxruntime", "--json"]
    assert one_document(thenar("track", recording, "-o", tmp_path / "out", *options))["runtime"] == "onnxruntime"


@pytest.mark.parametrize("side", ["right", "left"])
def test_track_a_given_side_with_pictures(thenar, demo, hand_model, tmp_path, side):
    outcome = thenar("track", demo, "-o", tmp_path, "--model", hand_model, "--side", side, "--animate")
    assert outcome.code == 0 and outcome.err == ""
    assert f"5, a hand found in 5 ({side} in 5)" in outcome.out and "mean error" in outcome.out
    assert (tmp_path / "overlay.gif").stat().st_size and (tmp_path / "still.png").stat().st_size
    hands, _ = read_joints(tmp_path / "joints.jsonl")
    assert {hand.side for found in hands.values() for hand in found} == {side}


def test_what_was_left_out_of_a_recording_is_noted(thenar, recording, hand_model, tmp_path):
    (recording / "timestamps.txt").write_text("0.0\n0.1\n")
    outcome = thenar("track", recording, "-o", tmp_path / "out", "--model", hand_model, "--json")
    assert outcome.code == 0 and outcome.err.startswith("note: ") and "2 times for 5 frames" in outcome.err
    assert json.loads(outcome.out)["frames"] == 5


@pytest.mark.parametrize("center", ["located", "truth"])
def test_evaluate_as_one_document(thenar, recording, hand_model, center):
    document = one_document(thenar("evaluate", recording, "--model", hand_model, "--center", center, "--json"))
    assert {
        "mean_joint_error_mm", "per_joint_mm", "per_joint_bias_mm", "mean_joint_error_unbiased_mm", "auc_0_50",
        "frames", "frames_without_hand",
    } <= set(document)  # fmt: skip
    assert document["frames"] == 5 and 0 < document["mean_joint_error_mm"] < 120


def test_evaluate_where_no_hand_is_found(thenar, recording, hand_model, tmp_path):
    camera = Camera(150.0, 150.0, 79.5, 59.5, 160, 120)
    with Recorder(tmp_path / "wall", camera) as recorder:
        recorder.write(np.full((120, 160), 3000.0), 0.0, (Hand(np.full((21, 3), 500, np.float32), "right"),))
    document = one_document(thenar("evaluate", tmp_path / "wall", "--model", hand_model, "--json"))
    assert document["frames_without_hand"] == 1 and document["mean_joint_error_mm"] is None
    assert thenar("evaluate", tmp_path / "wall", "--model", hand_model).code == 0


def test_doctor_as_one_document(thenar):
    assert one_document(thenar("doctor", "--json"))["default_runtime"] == "openvino"


@pytest.mark.train
def test_synth_as_one_document(thenar, tmp_path):
    document = one_document(thenar("synth", tmp_path / "rec", "--frames", 2, "--sensor", "sr305", "--json"))
    assert document == {"out": str(tmp_path / "rec"), "frames": 2}


@pytest.mark.parametrize("arguments", [["track", "--nonsense"], ["fly"], ["track"], ["synth", "--frames", "0", "x"]])
def test_what_is_no_command_ends_in_its_usage(thenar, arguments):
    outcome = thenar(*arguments)
    assert outcome.code == 2 and "Usage: thenar" in outcome.err and "Traceback" not in outcome.err


def test_in_a_process_of_its_own(recording, hand_model, tmp_path):
    outcome = apart("track", recording, "-o", tmp_path / "out", "--model", hand_model, "--json")
    assert one_document(outcome)["frames"] == 5
    outcome = apart("track", tmp_path / "none")
    assert outcome.code == 2 and outcome.err.count("\n") == 1 and outcome.out == ""
