from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thenar.data.frame import Hand
from thenar.data.joints_file import hand_line, parse_line, read_joints
from thenar.errors import ThenarError

JOINTS = np.random.default_rng(0).uniform(-200, 900, (21, 3)).astype(np.float32)
LINE = {"frame": "000001.png", "joints_mm": [[1.0, 2.0, 3.0]] * 21, "side": "right"}


def same(a: Hand, b: Hand) -> bool:
    fields = ("side", "confidence", "id", "gesture", "visible", "sensor", "yaw_deg", "pitch_deg", "distance_mm")
    near = np.allclose(a.joints_mm, b.joints_mm, atol=1e-3, equal_nan=True)
    return near and all(getattr(a, name) == getattr(b, name) for name in fields)


@given(
    st.sampled_from(["right", "left", ""]),
    st.none() | st.floats(0, 1),
    st.none() | st.integers(0, 9),
    st.none() | st.text(max_size=20),
    st.none() | st.lists(st.booleans(), min_size=21, max_size=21).map(tuple),
    st.sets(st.integers(0, 20)),
)
def test_a_line_comes_back(side, confidence, number, gesture, visible, unknown) -> None:  # type: ignore[no-untyped-def]
    joints = JOINTS.copy()
    joints[sorted(unknown)] = np.nan
    hand = Hand(joints, side, confidence, number, gesture, visible, "sr305", 10.0, -5.5, 400.0)
    line = hand_line("000001.png", hand)
    assert "\n" not in line and "NaN" not in line
    frame, back = parse_line(line)
    assert frame == "000001.png" and same(hand, back)


def test_the_line_is_the_contract() -> None:
    line = json.loads(hand_line("a.png", Hand(JOINTS, "left")))
    assert list(line) == ["frame", "joints_mm", "side"]
    assert np.array(line["joints_mm"]).shape == (21, 3)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"frame": "../../etc/passwd"}, "plain file name"),
        ({"frame": "/etc/passwd"}, "plain file name"),
        ({"frame": "..\\x.png"}, "plain file name"),
        ({"frame": ".hidden.png"}, "plain file name"),
        ({"frame": "a\0.png"}, "plain file name"),
        ({"frame": ""}, "plain file name"),
        ({"frame": 7}, "plain file name"),
        ({"joints_mm": None}, "21 points"),
        ({"joints_mm": [[0, 0, 0]] * 20}, "21 points"),
        ({"joints_mm": [[0, 0]] * 21}, "joint 0"),
        ({"joints_mm": [[0, 0, "1"]] * 21}, "joint 0"),
        ({"joints_mm": [[0, 0, 1e40]] * 21}, "joint 0"),
        ({"joints_mm": [[0, 0, 10**400]] * 21}, "joint 0"),
        ({"joints_mm": [[0, 0, True]] * 21}, "joint 0"),
        ({"side": "both"}, "side"),
        ({"side": ["right"]}, "side"),
        ({"confidence": "high"}, "confidence"),
        ({"visible": [True]}, "visible"),
        ({"id": 1.5}, "id"),
    ],
)
def test_a_line_that_is_none_says_why(change: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        parse_line(json.dumps(LINE | change))


@pytest.mark.parametrize("text", ["", "[]", "7", "{", "\xff", '{"frame": NaN}', "[" * 50_000])
def test_what_is_no_json_object_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "joints.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + (text or "null") + "\n" + json.dumps(LINE) + "\n")
    with pytest.raises(ThenarError, match=r"joints\.jsonl:2"):
        read_joints(path)


def test_wherever_the_last_line_is_torn_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "joints.jsonl"
    first, second = (hand_line(f"{i}.png", Hand(JOINTS, "right")) + "\n" for i in (1, 2))
    for cut in (*range(1, len(second) - 1, 9), len(second) - 2, len(second) - 1):
        path.write_text(first + second[:cut])
        hands, notes = read_joints(path)
        whole = cut == len(second) - 1
        assert list(hands) == (["1.png", "2.png"] if whole else ["1.png"])
        assert len(notes) == (0 if whole else 1)


def test_two_hands_of_one_frame_stay_together(tmp_path: Path) -> None:
    path = tmp_path / "joints.jsonl"
    lines = [hand_line("1.png", Hand(JOINTS, side, id=i)) for i, side in enumerate(("right", "left"))]
    path.write_text("\n".join(lines) + "\n\n")
    hands, notes = read_joints(path)
    assert [hand.side for hand in hands["1.png"]] == ["right", "left"] and not notes


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "joints.jsonl"
    path.write_bytes(b" " * 200_000)
    with pytest.raises(ThenarError, match="longer than"):
        read_joints(path)
