"""What a user can get wrong, one row each: one line names the thing and the fix, nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from run_cli import apart, here

from thenar.data.frame import Hand
from thenar.data.joints_file import read_joints
from thenar.data.line_file import LineWriter
from thenar.data.recording import Recorder, open_recording
from thenar.hand.camera import Camera

DEMO = Path(__file__).parents[2] / "recordings/demo"
COMMANDS = ("track", "evaluate")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The first five frames of the demo, every fourth pixel of them, labelled."""
    path = tmp_path_factory.mktemp("sound") / "rec"
    given = open_recording(DEMO)
    seen = given.camera
    camera = Camera(seen.fx / 4, seen.fy / 4, seen.cx / 4, seen.cy / 4, 160, 120)
    with Recorder(path, camera) as recorder:
        for i in range(5):
            depth_mm = given.read(i).depth_mm[::4, ::4]
            recorder.write(depth_mm, i / 30, (Hand(np.full((21, 3), (0, 0, 500), np.float32), "right"),))
    return path


@pytest.fixture
def recording(sound, tmp_path):
    shutil.copytree(sound, tmp_path / "rec")
    return tmp_path / "rec"


@pytest.fixture
def thenar(capsys, monkeypatch):
    return lambda *arguments: here(capsys, monkeypatch, *arguments)


def pictures(recording, make):
    """Every frame replaced by what `make` gives for its path."""
    for path in recording.glob("*.png"):
        make(path)


def camera(recording, **changed):
    values = json.loads((recording / "camera.json").read_text()) | changed
    kept = {name: value for name, value in values.items() if value is not None}
    (recording / "camera.json").write_text(json.dumps(kept))


def png(array):
    return lambda path: Image.fromarray(array).save(path)


GREY, COLOUR, BLACK = (
    np.full((120, 160), 9, np.uint8),
    np.full((120, 160, 3), 9, np.uint8),
    np.zeros((120, 160), np.uint16),
)

# what is done to the recording, the arguments added, what the one line says
WRONG = {
    "no folder": (shutil.rmtree, (), "{rec}: no such folder; give a folder"),
    "a file": (lambda rec: (shutil.rmtree(rec), rec.write_text("x")), (), "{rec}: is not a folder; give a folder"),
    "no frames": (lambda rec: pictures(rec, os.remove), (), "{rec}: has no frame; put 16-bit PNG"),
    "black frames": (lambda rec: pictures(rec, png(BLACK)), (), "{rec}/000000.png: has no depth reading; leave it out"),
    "empty files": (lambda rec: pictures(rec, lambda path: path.write_bytes(b"")), (), "{rec}/000000.png: not read"),
    "8 bits": (lambda rec: pictures(rec, png(GREY)), (), "{rec}/000000.png: is 8-bit grey, not 16-bit grey; store"),
    "colour": (lambda rec: pictures(rec, png(COLOUR)), (), "{rec}/000000.png: is colour (RGB), not 16-bit grey; store"),
    "no camera": (lambda rec: (rec / "camera.json").unlink(), (), "{rec}/camera.json: no such file; write it"),
    "camera of words": (lambda rec: (rec / "camera.json").write_text("{"), (), "{rec}/camera.json: not readable"),
    "a list": (lambda rec: (rec / "camera.json").write_text("[1]"), (), "{rec}/camera.json: is not a JSON object"),
    "fx missing": (lambda rec: camera(rec, fx=None), (), "{rec}/camera.json: field fx is missing; add fx"),
    "fx = 0": (lambda rec: camera(rec, fx=0), (), "{rec}/camera.json: camera fx is 0; fx must be"),
    "fx a word": (lambda rec: camera(rec, fx="500"), (), "{rec}/camera.json: field fx is not a number; add fx"),
    "fx nan": (lambda rec: camera(rec, fx=float("nan")), (), "{rec}/camera.json: camera fx is nan; fx must be"),
    "unit missing": (lambda rec: camera(rec, depth_unit_mm=None), (), "{rec}/camera.json: field depth_unit_mm is"),
    "other size": (lambda rec: camera(rec, width=161), (), "{rec}/000000.png: is 160x120 but the camera 161x120; use"),
    "huge size": (lambda rec: camera(rec, width=10**9), (), "{rec}/camera.json: camera width is 1000000000; width"),
    "joints": (lambda rec: (rec / "joints.jsonl").write_text("{}\n"), (), "{rec}/joints.jsonl:1: not a line of joints"),
    "times": (lambda rec: (rec / "timestamps.txt").write_text("soon\n"), (), "{rec}/timestamps.txt:1: not a time"),
    "no model": (None, ("--model", "none.onnx"), "none.onnx: no such model; give a preset ("),
    "no such runtime": (None, ("--runtime", "tpu"), "unknown runtime 'tpu'; use auto or one of: openvino"),
    "not a model": (None, ("--model", "{rec}/camera.json"), "{rec}/camera.json: OpenVINO cannot read this as an ONNX"),
    "an empty model": (None, ("--model", "{rec}/../empty.onnx"), "empty.onnx: the model is empty; export it again"),
    "a torn model": (None, ("--model", "{rec}/../torn.onnx"), "torn.onnx: OpenVINO cannot read this as an ONNX model"),
    "another model": (None, ("--model", "{rec}/../sums.onnx"), "model has depth missing, a hand model needs depth"),
}  # fmt: skip


def other_models(folder, hand_model):
    from models import arithmetic

    (folder / "empty.onnx").write_bytes(b"")
    (folder / "torn.onnx").write_bytes(hand_model.read_bytes()[:150])
    (folder / "sums.onnx").write_bytes(arithmetic())


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", WRONG)
def test_one_line_names_it_and_the_fix(thenar, recording, hand_model, tmp_path, command, case):
    damage, arguments, says = WRONG[case]
    other_models(tmp_path, hand_model)
    if damage:
        damage(recording)
    given = [argument.format(rec=recording) for argument in arguments]
    if "--model" not in given:
        given += ["--model", hand_model]
    if command == "track":
        given += ["--out", tmp_path / "out"]
    outcome = thenar(command, recording, *given, "--json")
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.count("\n") == 1 and outcome.err.startswith("thenar: ")
    assert says.format(rec=recording) in outcome.err and "; " in outcome.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:60]), "not readable as PNG"),
        (lambda path: path.write_bytes(b""), "not readable as PNG"),
        (png(BLACK), "has no depth reading; leave it out"),
        (png(GREY), "is 8-bit grey, not 16-bit grey; store depth"),
        (png(COLOUR), "is colour (RGB), not 16-bit grey; store depth"),
        (png(np.zeros((12, 16), np.uint16)), "is 16x12 but the camera 160x120; use"),
    ],
    ids=["truncated", "empty", "black", "8 bits", "colour", "size"],
)
def test_a_bad_frame_in_the_middle_is_told_and_skipped(thenar, recording, hand_model, tmp_path, command, spoil, says):
    spoil(recording / "000002.png")
    out = ["--out", tmp_path / "out", "--side", "right"] if command == "track" else []
    outcome = thenar(command, recording, "--model", hand_model, *out, "--json")
    document = json.loads(outcome.out)
    assert outcome.code == 0 and document["frames"] == 4
    assert [bad["frame"] for bad in document["frames_unreadable"]] == ["000002.png"]
    assert outcome.err.count("\n") == 1 and outcome.err.startswith(f"skipped: {recording / '000002.png'}: {says}")
    if command == "track":
        assert sorted(read_joints(tmp_path / "out" / "joints.jsonl")[0]) == [f"{i:06d}.png" for i in (0, 1, 3, 4)]


@pytest.mark.parametrize("out", ["{rec}", "{rec}/camera.json", "{rec}/camera.json/below"])
def test_an_out_that_cannot_be_is_one_line(thenar, recording, hand_model, out):
    before = {path.name: path.read_bytes() for path in recording.iterdir()}
    outcome = thenar("track", recording, "--model", hand_model, "--out", out.format(rec=recording))
    assert outcome.code == 2 and outcome.err.count("\n") == 1 and "choose another folder" in outcome.err
    assert {path.name: path.read_bytes() for path in recording.iterdir()} == before


@pytest.mark.parametrize("command", ["track", "evaluate", "synth"])
def test_a_path_that_no_system_takes_is_one_line(thenar, hand_model, command, tmp_path):
    model = ["--model", hand_model] if command in COMMANDS else []
    outcome = thenar(command, tmp_path / ("x" * 300), *model)
    assert outcome.code == 2 and outcome.err.count("\n") == 1 and "name too long; " in outcome.err


def test_a_disk_that_fills_up_keeps_the_lines_before(thenar, recording, hand_model, tmp_path, monkeypatch):
    written = 0

    def write(self, line, real=LineWriter.write):
        nonlocal written
        if (written := written + 1) <= 2:
            return real(self, line)
        raise self._unwritable(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    monkeypatch.setattr(LineWriter, "write", write)
    outcome = thenar("track", recording, "--model", hand_model, "--out", tmp_path / "out", "--side", "right")
    path = tmp_path / "out" / "joints.jsonl"
    assert outcome.code == 2 and outcome.err == (
        f"thenar: {path}: cannot write: No space left on device; free some space or choose another folder\n"
    )
    assert list(read_joints(path)[0]) == ["000000.png", "000001.png"]


LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"


def test_a_file_that_may_not_grow_keeps_its_whole_lines(recording, hand_model, tmp_path):
    """The kernel's own refusal, in the middle of a line."""
    options = ["--model", hand_model, "--out", tmp_path / "out", "--side", "right"]
    outcome = apart("track", recording, *options, before=LIMIT)
    assert outcome.code == 2 and "Traceback" not in outcome.err
    assert outcome.err.count("\n") == 1 and "joints.jsonl: cannot write" in outcome.err
    hands, notes = read_joints(tmp_path / "out" / "joints.jsonl")
    assert 1 <= len(hands) < 5 and not notes
