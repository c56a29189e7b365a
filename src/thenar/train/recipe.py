"""recipe.toml: what a run's weights came from."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from thenar.nets.spec import Spec, to_dict
from thenar.train.config import FitConfig
from thenar.train.lineage import origin

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
    origins = {name: origin(stem) for name, stem in (("parent", parent), ("teacher", teacher)) if stem}
    return {
        "network": to_dict(spec),
        "fit": dataclasses.asdict(config),
        "data": dict(data),
        **origins,
        "versions": {"python": platform.python_version(), **tools},
    }
