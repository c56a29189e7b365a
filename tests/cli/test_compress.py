"""What a user of `thenar compress` and `thenar recipe` can get wrong: one line each, and nothing is lost."""

import json
from pathlib import Path

import pytest
from run_cli import here

pytestmark = pytest.mark.train
QUICK = ("--trials", 1, "--short-steps", 2, "--steps", 2, "--finalists", 1, "--batch", 8, "--multiple", 8)

MODULE = """
import numpy as np
import torch
from torch import nn

def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.Conv2d(16, 2, 1),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten())

class Odd(nn.Module):
    def forward(self, x):
        return x.view(-1, 7)

def broken():
    return nn.Sequential(nn.Conv2d(1, 16, 3), nn.Sequential(nn.ReLU(), Odd()))

def three():
    return nn.Sequential(small(), nn.Linear(2, 3))

def no_network():
    return 3

class Data:
    def __init__(self, size=8):
        x = np.random.default_rng(0).normal(size=(64, 1, size, size)).astype(np.float32)
        self.train = self.validation = x, (x.mean((1, 2, 3)) > 0).astype(np.int64)
    def loss(self, outputs, targets):
        return nn.functional.cross_entropy(outputs, targets)
    def metric(self, outputs, targets):
        return float((outputs.argmax(1) == targets).mean())

def data():
    return Data()

def flat():
    found = Data()
    found.train = found.train[0][:, 0], found.train[1]
    return found

def tiny():
    return Data(2)

def exploding():
    found, calls = Data(), []
    def loss(outputs, targets):
        calls.append(1)
        return outputs.mean() * (float("nan") if len(calls) > 2 else 1.0)
    found.loss = loss
    return found
"""


@pytest.fixture
def thenar(capsys, monkeypatch, tmp_path: Path):
    (tmp_path / "bad_input_nets.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return lambda *arguments: here(capsys, monkeypatch, *arguments)


# model, data, further arguments, what the one line says
WRONG = {
    "no colon": ("small", "m:data", (), "small.toml"),
    "no module": ("nothing_here:small", "m:data", (), "cannot import nothing_here"),
    "no function": ("m:large", "m:data", (), "bad_input_nets has no function large; check the name"),
    "no network": ("m:no_network", "m:data", (), "bad_input_nets:no_network: returns int; return a torch.nn.Module"),
    "a module that fails": ("m:broken", "m:data", (), "module 1.1: fails: shape '[-1, 7]' is invalid"),
    "flat inputs": ("m:small", "m:flat", (), "bad_input_nets:flat: train: inputs are (64, 8, 8) float32; give"),
    "small inputs": ("m:small", "m:tiny", (), "module 0: fails: Calculated padded input size"),
    "hands for another": ("m:small", "synth", (), "--data synth is of hands"),
    "no budget": ("m:small", "m:data", ("--budget", "speed=1"), "budget: 'speed=1'; give each of latency_ms"),
    "a strange budget": ("m:small", "m:data", ("--budget", "latency_ms=-1"), "budget: latency_ms = -1.0; give"),
    "no shares": ("m:small", "m:data", ("--keep", "some"), "--keep some; give two shares"),
    "no weights": ("m:small", "m:data", ("--weights", "w.safetensors"), "w.safetensors: no such file"),
    "a teacher that differs": ("m:small", "m:data", ("--teacher", "m:three"), "teacher: gives [(1, 3)], the student"),
    "no runtime": ("m:small", "m:data", ("--runtime", "tpu"), "unknown runtime 'tpu'"),
    "nan": ("m:small", "m:exploding", ("--train-first", 3), "original: loss nan, gradient nan at batch 1; the"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_one_line_names_it_and_the_fix(thenar, tmp_path: Path, case: str) -> None:
    model, data, arguments, says = WRONG[case]
    named = [name.replace("m:", "bad_input_nets:") if name.startswith("m:") else name for name in (model, data)]
    given = [str(word).replace("m:", "bad_input_nets:") if str(word).startswith("m:") else word for word in arguments]
    outcome = thenar(
        "compress", "--model", named[0], "--data", named[1], "-o", tmp_path / "out", *QUICK, *given, "--json"
    )
    assert outcome.code == 2 and outcome.out == ""
    lines = [line for line in outcome.err.splitlines() if line.startswith("thenar: ")]
    assert len(lines) == 1 and says in lines[0], outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.runtime
def test_an_impossible_budget_writes_all_and_names_the_nearest_point(thenar, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = thenar(
        "compress", "--model", "bad_input_nets:small", "--data", "bad_input_nets:data", "-o", out, *QUICK,
        "--budget", "size_kb=0.5", "--json",
    )  # fmt: skip
    document = json.loads(outcome.out)
    assert outcome.code == 2 and document["met"] is False
    assert "the budget is not met in size_kb; the nearest point reached: " in outcome.err
    assert {"model.onnx", "report.html", "front.csv", "front.svg", "recipe.toml"} <= {
        path.name for path in out.iterdir()
    }
    shown = thenar("recipe", "show", out, "--json")
    assert shown.code == 0 and json.loads(shown.out)["model"]["factory"] == "bad_input_nets:small"
    again = thenar("recipe", "run", out, "-o", tmp_path / "again", "--json")
    assert json.loads(again.out)["result"]["parameters"] == document["result"]["parameters"]


def test_recipes_of_presets_are_shown_and_strange_ones_refused(thenar, tmp_path: Path) -> None:
    shown = thenar("recipe", "show", "balanced")
    assert shown.code == 0 and "[network]" in shown.out
    (tmp_path / "recipe.toml").write_text("kind = 'cake'\n")
    assert "is no recipe of training or compression" in thenar("recipe", "run", tmp_path, "-o", tmp_path / "x").err
    (tmp_path / "recipe.toml").write_text("kind =")
    assert "not TOML" in thenar("recipe", "show", tmp_path).err
    assert "cannot read" in thenar("recipe", "show", tmp_path / "nothing").err
