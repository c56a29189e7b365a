"""Plain values to TOML; the standard library only reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def dumps(values: Mapping[str, Any]) -> str:
    """TOML of nested mappings of strings, numbers, booleans and lists of them. `None` is left out.

    Raises:
        TypeError: a value of another type.

    >>> print(dumps({"seed": 1, "loss": {"dense": 0.5}}), end="")
    seed = 1
    <BLANKLINE>
    [loss]
    dense = 0.5
    """
    return "\n".join(_table(values, ())) + "\n"


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    lines = [f"{_key(k)} = {_value(v)}" for k, v in values.items() if v is not None and not isinstance(v, Mapping)]
    for key, value in values.items():
        if isinstance(value, Mapping):
            inner = (*path, _key(key))
            lines += ["", f"[{'.'.join(inner)}]", *_table(value, inner)]
    return lines


def _key(key: str) -> str:
    return key if key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key) else _string(key)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(v) for v in value)}]"
    raise TypeError(f"{type(value).__name__} has no place in TOML")
