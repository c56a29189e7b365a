from __future__ import annotations

import os
from pathlib import Path

import pytest

from thenar.errors import ThenarError
from thenar.run import model
from thenar.run.model import read_model


def test_reads_paths_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"abc")
    assert read_model(path) == read_model(str(path)) == model.ModelFile(str(path), b"abc")
    assert read_model(b"abc").data == b"abc"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.onnx"
    empty.touch()
    for given, says in [
        (tmp_path / "none.onnx", r"none\.onnx: no such model; check the path"),
        (tmp_path, "is a folder, not a model; give the .onnx file"),
        (empty, r"empty\.onnx: the model is empty"),
        (b"", "the model is empty"),
    ]:
        with pytest.raises(ThenarError, match=says):
            read_model(given)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_file_without_rights(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"abc")
    path.chmod(0)
    with pytest.raises(ThenarError, match=r"m\.onnx: cannot read: Permission denied"):
        read_model(path)


def test_too_large_is_refused_before_it_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MAX_MODEL_BYTES", 2**20)
    path = tmp_path / "m.onnx"
    path.write_bytes(bytes(2**20 + 1))
    for given in (path, path.read_bytes()):
        with pytest.raises(ThenarError, match="the model is over 1 MiB; give an ONNX model"):
            read_model(given)
