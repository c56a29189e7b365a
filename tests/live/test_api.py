from __future__ import annotations

import re
from pathlib import Path

import pytest
from doubles import ScriptedSource, frame

import thenar.live
from thenar.errors import ThenarError

ROOT = Path(__file__).parents[2]


def test_every_frame_of_a_recording_comes(hand_model):
    with thenar.live.open(ROOT / "recordings/demo", model=hand_model) as hands:
        frames = list(hands)
    assert len(frames) == 60 and any(live.hands for live in frames)


def test_an_error_of_the_source_is_raised_where_frames_are_read(hand_model):
    with (
        pytest.raises(ThenarError, match="cable"),
        thenar.live.open(ScriptedSource([frame(0), ThenarError("the cable broke")]), model=hand_model) as hands,
    ):
        list(hands)


@pytest.mark.parametrize("source", ["recordings/none", "no-such-camera"])
def test_no_such_source_is_one_line(source):
    with pytest.raises(ThenarError, match=source):
        thenar.live.open(source)


def test_the_readme_example_runs(monkeypatch, capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (example,) = [block for block in blocks if "thenar.live.open" in block]
    monkeypatch.chdir(ROOT)
    exec(compile(example.replace('"synthetic"', '"recordings/demo"'), "README.md", "exec"), {})
    assert "mm" in capsys.readouterr().out


def test_nothing_else_is_there():
    with pytest.raises(AttributeError):
        _ = thenar.live.nothing
