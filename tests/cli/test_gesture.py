from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from thenar.cli.main import app
from thenar.data.frame import Hand
from thenar.data.joints_file import hand_line
from thenar.errors import ThenarError

pytest.importorskip("numba")

from thenar.data.letters import LETTERS, held

DEMO = Path(__file__).parents[2] / "recordings/demo"


def write(folder: Path, letters: str, seed: int, people: int = 20) -> Path:
    """Letters by hands that differ, as `thenar track` would have written them; an unknown joint and no side as well."""
    rng = np.random.default_rng(seed)
    for letter in letters:
        hands = [
            hand.joints_mm + rng.normal(0, 3, (21, 3)) + (0, 0, 500) for hand in held(LETTERS[letter], rng, people)
        ]
        lines = [hand_line(f"{i:03d}.png", Hand(joints, "right")) for i, joints in enumerate(hands)]
        unknown = hands[0].copy()
        unknown[3] = np.nan
        lines += [hand_line("u.png", Hand(unknown, "right")), hand_line("s.png", Hand(hands[0], ""))]
        name = "none" if letter == "c" else letter
        (folder / name / "one").mkdir(parents=True)
        (folder / name / "one/joints.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_signs_are_learned_from_folders_and_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "signs.json"
    data, other = write(tmp_path / "data", "vcly", 1), write(tmp_path / "other", "vcly", 2, people=8)
    said = CliRunner().invoke(app, ["gesture", "train", str(data), "-o", str(file)]).stdout
    assert "3: l, v, y" in said and "80, 20 of them no sign" in said and file.exists()
    said = CliRunner().invoke(app, ["gesture", "eval", str(file), str(other)]).stdout
    assert "right" in said and "invented" in said
    told = json.loads(CliRunner().invoke(app, ["gesture", "eval", str(file), str(other), "--json"]).stdout)
    assert told["mean_right"] > 0.9 and set(told["right"]) == {"v", "l", "y"} and told["accepted_none"] < 0.3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train", "no-such", "-o", "signs.json"], "no such folder"),
        (["train", "empty", "-o", "signs.json"], "has no example"),
        (["train", "one", "-o", "signs.json"], "1 signs"),
        (["train", "torn", "-o", "signs.json"], "joints.jsonl:1: not a line"),
        (["train", "two", "-o", "no-such/signs.json"], "cannot write"),
        (["eval", "two", "two"], "cannot read"),
        (["eval", "torn/a/joints.jsonl", "two"], "is no file of gestures"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments, told) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("empty", "torn/a"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "torn/a/joints.jsonl").write_text("rubbish\n{}\n")
    write(tmp_path / "one", "a", 1), write(tmp_path / "two", "ab", 1, people=10)
    with pytest.raises(ThenarError, match=told):
        CliRunner().invoke(app, ["gesture", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("source", ["synthetic", str(DEMO)])
def test_signs_that_are_not_there_end_it_before_it_begins(tmp_path: Path, source: str) -> None:
    with pytest.raises(ThenarError, match=r"(?i)no such file"):
        arguments = ["track", source, "--gestures", str(tmp_path / "signs.json"), "-o", str(tmp_path / "out")]
        CliRunner().invoke(app, arguments, catch_exceptions=False)
