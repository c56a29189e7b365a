"""The example programs on a recording, and on hands whose movements are known."""

from __future__ import annotations

import json
import runpy
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from doubles import frame, open_hand

from thenar.live.live_frame import LiveHand
from thenar.live.one_hand import NumberedHand
from thenar.live.pipeline import LiveFrame

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "recordings/demo"


def example(name):
    return runpy.run_path(str(ROOT / "examples" / f"{name}.py"))


def run(monkeypatch, capsys, name, *arguments):
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    return capsys.readouterr().out.splitlines()


def seen(index, *hands):
    """A frame at 60 Hz with hands of (id, right by x mm, pinch)."""
    live = []
    for number, x_mm, pinch in hands:
        joints = open_hand() + np.array((x_mm, 0, 0), np.float32)
        hand = NumberedHand(number, "right", joints, joints, np.ones(21, np.float32))
        live.append(LiveHand(hand, "", pinch, 1 - pinch, ""))
    return LiveFrame(frame(index), tuple(live), {}, 0, index, index / 60)


def test_a_pinch_is_one_click_even_if_it_trembles():
    strengths = [0, 0.5, 0.9, 0.7, 0.82, 0.65, 0.5, 0.7, 0]
    events = list(example("air_mouse")["events"](seen(i, (0, 0, pinch)) for i, pinch in enumerate(strengths)))
    assert [kind for kind, *_ in events if kind != "move"] == ["press", "release"]
    moved = [x for kind, x, _ in example("air_mouse")["events"](seen(i, (0, 5 * i, 0)) for i in range(100))]
    assert all(after <= before for before, after in pairwise(moved)) and moved[-1] == 0 and max(moved) < 1920


def test_a_hand_that_leaves_lets_the_button_go():
    frames = [seen(0, (0, 0, 1)), seen(1), seen(2, (1, 0, 0))]
    assert [kind for kind, *_ in example("air_mouse")["events"](iter(frames))] == ["move", "press", "release", "move"]


def test_hands_that_part_make_it_larger_and_letting_go_changes_nothing():
    frames = [seen(i, (0, -100 - i, 1), (1, 100 + i, 1)) for i in range(101)]
    frames += [seen(101, (0, -200, 1)), seen(102, (0, -180, 1)), seen(103), seen(104, (2, 0, 1))]
    views = list(example("pinch_to_zoom")["views"](iter(frames)))
    assert views[0].scale == 1 and views[100].scale == pytest.approx(2, rel=1e-5) and views[101] == views[100]
    assert views[102].x_mm == pytest.approx(20) and views[-1] == views[102]


def test_every_note_that_begins_ends():
    midi = example("midi")
    heights = [0, 0, -60, -60, 60, 60]
    frames = [seen(i, (0, 0, 0.5)) for i in range(len(heights))]
    for live, height in zip(frames, heights, strict=True):
        live.hands[0].hand.joints_mm[:, 1] += height
    timed = list(midi["messages"](iter([*frames, seen(6)])))
    on = [data[1] for _, data in timed if data[0] == 0x90]
    off = [data[1] for _, data in timed if data[0] == 0x80]
    assert on == off and len(on) == 3 and on[1] > on[0] > on[2]
    file = midi["midi_file"](iter([(0.0, b"\x90\x3c\x60"), (1.0, b"\x80\x3c\x00")]))
    assert (
        file[:14] == b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0" and b"\x00\x90\x3c\x60\x87\x40\x80\x3c\x00" in file
    )
    assert int.from_bytes(file[18:22], "big") == len(file) - 22


def test_the_robot_turns_no_faster_than_its_motors(monkeypatch, capsys):
    lines = [json.loads(line) for line in run(monkeypatch, capsys, "retarget", DEMO)]
    angles = np.array([[line[finger] for finger in line] for line in lines])
    assert angles.shape[1:] == (5, 4) and len(angles) > 20
    assert (
        np.abs(np.diff(angles, axis=0)).max() <= 400 / 12 and 0 <= angles[..., 1:].min() <= angles[..., 1:].max() <= 90
    )


def test_a_recording_becomes_an_animation(monkeypatch, capsys, tmp_path):
    run(monkeypatch, capsys, "gltf", DEMO, tmp_path / "hand.gltf")
    made = json.loads((tmp_path / "hand.gltf").read_text())
    assert len(made["nodes"]) == 21 and made["scenes"] == [{"nodes": [0]}]
    assert sorted(child for node in made["nodes"] for child in node.get("children", [])) == list(range(1, 21))
    (buffer,), views = made["buffers"], made["bufferViews"]
    assert views[-1]["byteOffset"] + views[-1]["byteLength"] == buffer["byteLength"]
    times = made["accessors"][1]
    assert times["min"] == [0] and 0 < times["max"][0] < 4 and made["accessors"][2]["count"] == times["count"]
    assert all(abs(value) < 2 for accessor in made["accessors"][2:] for value in accessor["max"])


@pytest.mark.parametrize(("name", "says"), [("air_mouse", "move"), ("pinch_to_zoom", "scale")])
def test_it_runs_on_a_recording(monkeypatch, capsys, name, says):
    lines = run(monkeypatch, capsys, name, DEMO)
    assert len(lines) > 20 and says in lines[0]


def test_a_recording_becomes_music(monkeypatch, capsys, tmp_path):
    run(monkeypatch, capsys, "midi", DEMO, tmp_path / "hand.mid")
    assert (tmp_path / "hand.mid").read_bytes().startswith(b"MThd")


def test_letters_are_written_learned_and_told_apart(tmp_path, monkeypatch, capsys):
    pytest.importorskip("numba")
    from thenar.live.gesture.examples import read_examples
    from thenar.live.gesture.learn import NONE, learn, score

    write = example("letters")["write"]
    write(tmp_path / "train", 15, 0, held_out=False)
    write(tmp_path / "test", 3, 1, held_out=True)
    known, asked = read_examples(tmp_path / "train"), read_examples(tmp_path / "test")
    result = score(learn(known), asked)
    assert len(known) == 25 and len(known["a"]) == 15 and len(known[NONE]) == 120
    assert result.mean_right > 0.6 and result.accepted_none < 0.6
