"""Saved networks as functions that a recipe can name: `thenar.nets.factory:saved` and its argument."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from thenar.nets.build import build
from thenar.nets.store import load, read_spec


def saved(path: str) -> nn.Module:
    """The network at `path`: a run's folder, a saved network without its ending, or a spec alone (fresh weights).

    Raises:
        ThenarError: there is none.
    """
    stem = Path(path)
    stem = (
        stem / "model" if stem.is_dir() else stem.with_suffix("") if stem.suffix in (".toml", ".safetensors") else stem
    )
    if stem.with_name(f"{stem.name}.safetensors").is_file():
        return load(stem)
    return build(read_spec(stem.with_name(f"{stem.name}.toml")))
