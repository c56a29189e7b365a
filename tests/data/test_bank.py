from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from thenar.data import bank, gestures
from thenar.errors import ThenarError


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    angles = gestures.named(("fist", "open"))
    bank.save(tmp_path / "bank.npz", angles)
    assert np.array_equal(bank.load(tmp_path / "bank.npz"), angles)


def _npz(path: Path, **arrays: np.ndarray) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: None, "no such bank"),
        (lambda path: path.write_bytes(b"not a zip"), "not a bank"),
        (lambda path: path.write_bytes(b""), "not a bank"),
        (lambda path: _npz(path, other=np.zeros(3)), "not a bank"),
        (lambda path: _npz(path, angles=np.array([{}], dtype=object)), "not a bank"),
        (lambda path: _npz(path, angles=np.zeros((2, 20, 3))), r"not \(M, 21, 3\)"),
        (lambda path: _npz(path, angles=np.zeros((0, 21, 3))), r"not \(M, 21, 3\)"),
        (lambda path: _npz(path, angles=np.full((2, 21, 3), np.nan)), "pose 0 is beyond"),
        (lambda path: _npz(path, angles=np.array([np.zeros((21, 3)), np.full((21, 3), 3)])), "pose 1 is beyond"),
    ],
)
def test_what_is_no_bank_is_said_with_its_name(tmp_path: Path, write: object, words: str) -> None:
    path = tmp_path / "bank.npz"
    write(path)  # type: ignore[operator]
    with pytest.raises(ThenarError, match=words) as error:
        bank.load(path)
    assert "bank.npz" in str(error.value)
