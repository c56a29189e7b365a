import json
from pathlib import Path

import numpy as np
import pytest
from run_cli import here

from thenar.data.recording import Recorder, open_recording
from thenar.hand.camera import Camera


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    with Recorder(tmp_path / "rec", Camera(50, 50, 4, 4, 8, 8, 1.0)) as recorder:
        for number in range(4):
            recorder.write(np.full((8, 8), 500.0 + number), number / 30)
    return tmp_path / "rec"


def test_a_source_becomes_a_recording(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    ended = here(capsys, monkeypatch, "record", recording, out, "--frames", 3, "--json")
    assert ended.code == 0, ended.err
    said = json.loads(ended.out)
    assert (said["frames"], said["dropped"], said["ended"], said["out"]) == (3, 0, "limit", [str(out)])
    assert len(open_recording(out)) == 3


def test_what_it_says(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = here(capsys, monkeypatch, "record", recording, tmp_path / "out")
    assert ended.code == 0 and "frames        4 in " in ended.out and "the source ended" in ended.out


@pytest.mark.parametrize(
    ("source", "told"), [("kinnect", "thenar: kinnect: no such camera"), ("REC", "already holds something")]
)
def test_errors_are_one_line(
    source: str, told: str, recording: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = here(capsys, monkeypatch, "record", recording if source == "REC" else source, recording)
    assert ended.code == 2 and told in ended.err and ended.err.count("\n") == 1
