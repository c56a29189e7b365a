from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from thenar.data import bank, poses
from thenar.data.kinematics import forward

TOOL = Path(__file__).parents[2] / "tools/fit_poses.py"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    spec = spec_from_file_location("fit_poses", TOOL)
    assert spec and spec.loader
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.setattr(sys, "argv", [TOOL.name, *map(str, arguments)])
    tool.main()


def test_a_bank_holds_the_recorded_poses_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = poses.reference_hand()
    drawn = poses.sample_many(3, 12, kind="gesture")
    drawn[:, 0] = 0
    recorded = np.array([forward(*hand, angles)[1] for angles in np.concatenate([drawn, drawn])])
    np.savez(tmp_path / "recorded.npz", joints_mm=recorded + np.array((0, 0, 500)))
    run(monkeypatch, tmp_path / "recorded.npz", "--out", tmp_path / "bank.npz", "--most-mm", 2)
    made = bank.load(tmp_path / "bank.npz")
    assert 9 <= len(made) <= 12
    for angles in made:
        assert np.abs(drawn[:, 1:, 0] - angles[1:, 0]).max(axis=1).min() < np.radians(6)
    assert len(poses.sample_many(1, 50, kind="bank", bank=made)) == 50


def test_outside_recordings_make_a_bank(tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = shared_data / "poses/realsense_hand_data_example.npz"
    run(monkeypatch, recording, "--out", tmp_path / "bank.npz", "--every", 5)
    assert len(bank.load(tmp_path / "bank.npz")) >= 4


@pytest.mark.parametrize(
    ("arrays", "words"),
    [({"other": np.zeros(3)}, "no array joints_mm"), ({"joints_mm": np.zeros((4, 20, 3))}, r"is \(4, 20, 3\)")],
)
def test_a_file_without_joints_is_one_line(
    arrays: dict[str, np.ndarray], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(SystemExit, match=words):
        run(monkeypatch, tmp_path / "bad.npz", "--out", tmp_path / "bank.npz")
    assert not (tmp_path / "bank.npz").exists()
