"""recipe.toml: what a run's weights came from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import tomllib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from thenar.atomic import write_text
from thenar.errors import ThenarError
from thenar.nets.spec import Spec, to_dict
from thenar.nets.toml import dumps
from thenar.train.config import FitConfig

FIXED = ("network", "fit", "data", "parent", "teacher")
"""Tables that a resumed run must repeat."""


def make(
    spec: Spec,
    config: FitConfig,
    data: Mapping[str, Any],
    *,
    parent: Path | None = None,
    teacher: Path | None = None,
) -> dict[str, Any]:
    """The recipe as plain values: network, fit, data (the caller's account of its source) and tool versions.

    parent, teacher: the saved networks that the run starts from and learns from; their weights' hashes and their own
    recipes are told.
    """
    tools = {name: version(name) for name in ("torch", "numpy", "numba")}
    origin = {name: _origin(stem) for name, stem in (("parent", parent), ("teacher", teacher)) if stem}
    return {
        "network": to_dict(spec),
        "fit": dataclasses.asdict(config),
        "data": dict(data),
        **origin,
        "versions": {"python": platform.python_version(), **tools},
    }


def _origin(stem: Path) -> dict[str, Any]:
    weights = stem.with_name(stem.name + ".safetensors")
    recipe, log = stem.with_name("recipe.toml"), stem.with_name("log.jsonl")
    if not weights.is_file():
        raise ThenarError("no such file", where=weights, fix="give the path of a saved network without its ending")
    origin: dict[str, Any] = {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    if log.is_file():
        origin["steps"] = max((json.loads(line)["step"] for line in log.read_text("utf-8").splitlines()), default=0)
    if recipe.is_file():
        origin["recipe"] = tomllib.loads(recipe.read_text("utf-8"))
    return origin


def keep(path: Path, recipe: Mapping[str, Any]) -> None:
    """Write `recipe`, or hold it against the one that a resumed run finds.

    Raises:
        ThenarError: another run lives in this folder.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, dumps(recipe))
        return
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThenarError(f"not TOML: {error}", where=path, fix="choose another folder") from error
    given = tomllib.loads(dumps(recipe))
    for table in FIXED:
        was, now = found.get(table, {}), given.get(table, {})
        changed = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
        if changed:
            key = changed[0]
            raise ThenarError(
                f"{table}.{key} was {was.get(key)!r}, now {now.get(key)!r}",
                where=path,
                fix="choose another folder, or give the values this run was started with",
            )
