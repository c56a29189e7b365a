"""Where weights came from: the hash and recipe of a saved network, and the recipe that a resumed run must repeat."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thenar.atomic import write_text
from thenar.errors import ThenarError
from thenar.toml import dumps


def origin(stem: Path) -> dict[str, Any]:
    """sha256 of `STEM.safetensors`, and the steps and recipe of the run that wrote it, where they are beside it.

    Raises:
        ThenarError: there are no such weights.
    """
    weights = stem.with_name(stem.name + ".safetensors")
    recipe, log = stem.with_name("recipe.toml"), stem.with_name("log.jsonl")
    if not weights.is_file():
        raise ThenarError("no such file", where=weights, fix="give the path of a saved network without its ending")
    found: dict[str, Any] = {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    if log.is_file():
        found["steps"] = max((json.loads(line)["step"] for line in log.read_text("utf-8").splitlines()), default=0)
    if recipe.is_file():
        found["recipe"] = read(recipe)
    return found


def read(path: Path) -> dict[str, Any]:
    """The recipe in a TOML file.

    Raises:
        ThenarError: there is none, or it isn't TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ThenarError(f"cannot read: {error.strerror}", where=path, fix="give a recipe.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThenarError(f"not TOML: {error}", where=path, fix="choose another folder") from error


def keep(path: Path, recipe: Mapping[str, Any], fixed: Sequence[str]) -> None:
    """Write `recipe`, or hold its tables `fixed` against those that a resumed run finds.

    Raises:
        ThenarError: another run lives in this folder.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, dumps(recipe))
        return
    found = read(path)
    given = tomllib.loads(dumps(recipe))
    for table in fixed:
        was, now = found.get(table, {}), given.get(table, {})
        changed = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
        if changed:
            key = changed[0]
            raise ThenarError(
                f"{table}.{key} was {was.get(key)!r}, now {now.get(key)!r}",
                where=path,
                fix="choose another folder, or give the values this run was started with",
            )
