from pathlib import Path

import pytest
import torch
import toy_task

from thenar.compress import shape
from thenar.compress.groups import find_groups
from thenar.compress.prune import prune
from thenar.compress.reference import Reference
from thenar.errors import ThenarError
from thenar.toml import dumps

pytestmark = pytest.mark.train
FACTORY = Reference("toy_task:branches", {"norm": "group"})
IMAGE = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, torch.nn.Module]:
    network = toy_task.branches(norm="group")
    pruned = prune(network, IMAGE, {group.name: group.channels // 2 for group in find_groups(network, IMAGE)})
    stem = tmp_path_factory.mktemp("saved") / "pruned"
    shape.save(pruned, stem, FACTORY)
    return stem, pruned


def test_a_pruned_network_loads_bit_for_bit_without_the_library_that_pruned_it(saved, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch_pruning", None)
    loaded = shape.load(saved[0], FACTORY.name)
    assert shape.widths(loaded)["first.conv"] == {"out_channels": 16, "in_channels": 16, "groups": 1}
    assert all(torch.equal(one, other) for one, other in zip(loaded(IMAGE), saved[1](IMAGE), strict=True))


def widen(spec):
    spec["widths"]["stem"]["out_channels"] = 64


def forget(spec):
    del spec["widths"]["stem"]


def invent(spec):
    spec["widths"]["stern"] = {"out_channels": 1}


def rename(spec):
    spec["widths"]["stem"]["outs"] = spec["widths"]["stem"].pop("out_channels")


def word(spec):
    spec["widths"]["stem"]["out_channels"] = "16"


def uneven(spec):
    spec["widths"]["norm"]["num_channels"] = 15


def another(spec):
    spec["factory"] = "os:abort"


def narrower(spec):
    spec["widths"]["maps"]["out_channels"] = 2


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (widen, r"stem.out_channels = 64; give 1 to 32"),
        (forget, "layer 'stem' is not in both"),
        (invent, "layer 'stern' is not in both"),
        (rename, "layer 'stem' has other attributes"),
        (word, "not a network's widths"),
        (uneven, "15 channels in 4 groups"),
        (another, "was made by os:abort, not toy_task:branches"),
        (narrower, "weights of another network"),
        (lambda spec: spec.pop("factory"), "not a network's widths"),
    ],
)
def test_a_damaged_spec_is_one_line(saved, tmp_path: Path, spoil, says: str) -> None:
    spec = shape.read_spec(saved[0].with_suffix(".toml"))
    spoil(spec)
    stem = tmp_path / "pruned"
    stem.with_suffix(".toml").write_text(dumps(spec))
    stem.with_suffix(".safetensors").write_bytes(saved[0].with_suffix(".safetensors").read_bytes())
    with pytest.raises(ThenarError, match=says):
        shape.load(stem, FACTORY.name)


def test_damaged_weights_are_one_line(saved, tmp_path: Path) -> None:
    stem = tmp_path / "pruned"
    stem.with_suffix(".toml").write_bytes(saved[0].with_suffix(".toml").read_bytes())
    with pytest.raises(ThenarError, match=r"pruned.safetensors: no such file"):
        shape.load(stem, FACTORY.name)
    stem.with_suffix(".safetensors").write_bytes(saved[0].with_suffix(".safetensors").read_bytes()[:200])
    with pytest.raises(ThenarError, match="not a safetensors file"):
        shape.load(stem, FACTORY.name)
