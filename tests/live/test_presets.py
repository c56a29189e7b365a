from __future__ import annotations

import pytest

from thenar.errors import ThenarError
from thenar.live.presets import model_path


def test_folder_stands_for_its_model(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"x")
    assert model_path(tmp_path) == tmp_path / "model.onnx"


@pytest.mark.parametrize("name", ["fast", "no/such.onnx", ""])
def test_unknown_model_names_the_presets(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ThenarError, match="balanced"):
        model_path(name)
