"""What the compiler generates code for: a target is a table of flags and of operators that it lowers its own way."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field

from thenar.compile.ops.site import Lower
from thenar.errors import ThenarError


@dataclass(frozen=True, eq=False)
class Target:
    """`flags` go to the C compiler; `lowerings` replace the reference's entry for an operator."""

    name: str
    flags: tuple[str, ...]
    lowerings: Mapping[str, Lower] = field(default_factory=dict)


C99 = Target("c99", ("-O3",))

TARGETS = {target.name: target for target in (C99,)}


def find(name: str | Target) -> Target:
    """The target called `name`; `host` is the best one for this machine. A Target is taken as it is.

    Raises:
        ThenarError: no such target.
    """
    if isinstance(name, Target):
        return name
    if name == "host":
        return TARGETS.get(_HOST.get(platform.machine().lower(), ""), C99)
    if name not in TARGETS:
        raise ThenarError(f"no target {name!r}", fix=f"choose one of host, {', '.join(TARGETS)}")
    return TARGETS[name]


_HOST = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "aarch64", "arm64": "aarch64"}
