"""`thenar track` live: to a file, and to a page."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from run_cli import apart, here

DEMO = Path(__file__).parents[2] / "recordings/demo"


@pytest.fixture
def thenar(capsys, monkeypatch):
    return lambda *arguments: here(capsys, monkeypatch, *arguments)


@pytest.mark.train
def test_made_up_hands_are_tracked_for_a_while(thenar, hand_model, tmp_path):
    outcome = thenar("track", "synthetic", "-o", tmp_path, "--model", hand_model, "--seconds", "0.5", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["frames"] >= 1 and (tmp_path / "joints.jsonl").exists()


def test_the_address_of_the_page_is_said(thenar, hand_model, tmp_path):
    options = ["--view", "--port", "0", "--seconds", "0.1", "--model", hand_model, "-o", tmp_path]
    outcome = thenar("track", DEMO, *options, "--json")
    assert outcome.code == 0 and json.loads(outcome.out)["url"].startswith("http://127.0.0.1:")
    assert "look at http://127.0.0.1:" in thenar("track", DEMO, *options).out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0"], "add a --token"),
        (["--host", "0.0.0.0", "--token", "short"], "use 16 or more letters and digits"),
        (["--host", "no.such.host.invalid", "--token", "a" * 16], "cannot listen"),
        (["--port", "{taken}"], "choose another --port"),
    ],
)
def test_what_cannot_be_served_is_one_line(thenar, hand_model, tmp_path, options, says):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = [option.format(taken=port) for option in options]
        outcome = thenar("track", DEMO, "--view", "--model", hand_model, "-o", tmp_path, *options)
    assert outcome.code == 2 and says in outcome.err and outcome.err.count("\n") == 1


def test_a_page_without_its_library_names_the_extra():
    outcome = apart("track", DEMO, "--view", before="import sys; sys.modules['websockets'] = None")
    assert outcome.code == 2 and outcome.err == "thenar: websockets is not installed; pip install 'thenar[view]'\n"
