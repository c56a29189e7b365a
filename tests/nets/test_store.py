from pathlib import Path

import pytest
import torch

from thenar.errors import ThenarError
from thenar.nets.build import build
from thenar.nets.spec import StudentSpec
from thenar.nets.store import load, save

pytestmark = pytest.mark.train

SPEC = StudentSpec((16, 16), (0, 1))


def test_a_network_comes_back_with_the_same_answers(tmp_path: Path) -> None:
    network = build(SPEC).eval()
    save(network, tmp_path / "net.v1")
    again = load(tmp_path / "net.v1")
    depth = torch.rand(1, 1, 128, 128)
    assert again.spec == SPEC
    assert torch.equal(again(depth).maps, network(depth).maps)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.v1.safetensors", "net.v1.toml"]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("net.toml", None, "no such file"),
        ("net.toml", b"family = ", "not a network's spec"),
        ("net.toml", b"\xff", "not a network's spec"),
        ("net.toml", b"family = 'student'\nchannels = [3]\nblocks = [1]", "multiples of 8"),
        ("net.toml", b"family = 'student'", "another network"),
        ("net.safetensors", None, "no such file"),
        ("net.safetensors", b"not tensors", "not a safetensors file"),
        ("net.safetensors", b"", "not a safetensors file"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes | None, word: str) -> None:
    save(build(SPEC), tmp_path / "net")
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ThenarError, match=word) as caught:
        load(tmp_path / "net")
    assert "net." in str(caught.value)
