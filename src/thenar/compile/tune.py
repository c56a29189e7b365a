"""Tiles by measurement: every layer's candidates are timed on this machine, once, and the fastest is remembered.

Layers are told apart by what decides a tile: the kind of kernel, the size of the result and the depth of its sums. The
table lies in the user's cache, one file for each CPU, C compiler and version of the kernels; given the table, what is
compiled is the same from run to run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from thenar.atomic import write_bytes
from thenar.compile.build import cache_folder, fingerprint
from thenar.compile.graph import Graph
from thenar.compile.lower import lower_graph
from thenar.compile.nhwc.kernels import Kernels
from thenar.compile.nhwc.tile import Tile
from thenar.compile.program import Call, Program
from thenar.compile.source import KERNELS
from thenar.compile.targets import Target, Variant
from thenar.compile.trial import time_calls

_KINDS = ("tile", "depthwise_tile", "float_tile", "float_depthwise_tile")
_NOISE = 1.01
"""Times closer than this are equal."""

_FOLDERS = ("reference", "nhwc", "lanes", "x86_64", "aarch64")


@dataclass(frozen=True)
class Work:
    """What decides a tile: which of the Kernels' four functions is asked, and its arguments."""

    kind: str
    shape: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.kind} {' '.join(map(str, self.shape))}"


Choice = Callable[[Work, Tile], Tile]
"""A layer, and the tile that the cost model takes for it, to the tile that it gets."""


@dataclass(frozen=True)
class Tuned:
    """One layer's times in nanoseconds, and the tile that the cost model would take."""

    work: Work
    ns: Mapping[Tile, float]
    model: Tile

    @property
    def best(self) -> Tile:
        """The fastest tile; the cost model's where that is as fast, up to noise."""
        fastest = min(self.ns, key=lambda tile: (self.ns[tile], tile.rows, tile.columns, tile.vectors))
        return fastest if self.ns[self.model] > self.ns[fastest] * _NOISE else self.model

    @property
    def loss(self) -> float:
        """How much longer the cost model's tile takes than the fastest, as a share of the latter."""
        return self.ns[self.model] / self.ns[self.best] - 1


@dataclass(eq=False)
class Table:
    """The times that are known on this machine, and where they are kept."""

    path: Path
    entries: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Table:
        """This machine's table; an unreadable one counts as empty."""
        digest = hashlib.sha256(fingerprint().encode())
        for folder in _FOLDERS:
            part = KERNELS / folder
            for file in sorted(part.iterdir(), key=lambda item: item.name) if part.is_dir() else ():
                digest.update(file.read_bytes())
        path = cache_folder() / "tune" / f"{digest.hexdigest()[:32]}.json"
        try:
            entries = json.loads(path.read_text())
            return cls(path, {str(key): {str(t): float(ns) for t, ns in e.items()} for key, e in entries.items()})
        except (OSError, ValueError, AttributeError, TypeError):
            return cls(path)

    def save(self) -> None:
        """Write the table, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(self.path, json.dumps(self.entries, indent=1, sort_keys=True).encode())

    def times(self, work: Work) -> dict[Tile, float]:
        """The tiles timed for `work`."""
        return {_tile(text): ns for text, ns in self.entries.get(str(work), {}).items()}


def tune_target(target: Target, graphs: Mapping[str, Graph]) -> tuple[Target, tuple[Tuned, ...]]:
    """`target` with the fastest tiles for the layers of its variants' graphs, and what was measured.

    `graphs` are the graphs after the passes of the variant of that name. Layers that the table doesn't know are timed
    now, which a bar on a terminal shows; the table is saved after each, so that what was done is kept if the user stops
    it.

    Raises:
        ThenarError: there is no C compiler.
    """
    table, variants, results = Table.load(), [], []
    for variant in target.variants:
        kernels = variant.kernels
        if kernels is None or kernels.candidates is None:
            variants.append(variant)
            continue
        found = _tune(replace(variant, finish=Variant.finish), graphs[variant.name], kernels, table)
        best = {item.work: item.best for item in found}
        variants.append(variant.with_kernels(_retiled(kernels, best.get)))
        results += found
    return replace(target, variants=tuple(variants)), tuple(results)


def _tune(variant: Variant, graph: Graph, kernels: Kernels, table: Table) -> list[Tuned]:
    asked: list[tuple[Work, Tile]] = []

    def ask(work: Work, tile: Tile) -> Tile:
        asked.append((work, tile))
        return tile

    _lowered(variant, graph, _retiled(kernels, ask))
    places = {work: at for at, (work, _) in reversed(list(enumerate(asked)))}
    models = dict(reversed(asked))
    missing = [work for work, tile in models.items() if tile not in table.times(work)]
    trials = {work: tuple(dict.fromkeys((models[work], *_candidates(kernels, work)))) for work in missing}
    programs = [
        _lowered(variant, graph, _retiled(kernels, _nth(trials, n)))
        for n in range(max(map(len, trials.values()), default=0))
    ]
    for work in tqdm(missing, "timing tiles", unit="layer", disable=None):
        chosen = programs[: len(trials[work])]
        calls = [list(_tiled(program))[places[work]] for program in chosen]
        times = time_calls(calls, [program.tensors for program in chosen], ("-O3", *_level()))
        table.entries[str(work)] = {_text(tile): ns for tile, ns in zip(trials[work], times, strict=True)}
        table.save()
    return [Tuned(work, table.times(work), tile) for work, tile in models.items()]


def _nth(trials: Mapping[Work, tuple[Tile, ...]], n: int) -> Choice:
    """Every layer's n-th candidate, where it has so many."""

    def choose(work: Work, tile: Tile) -> Tile:
        tiles = trials.get(work, ())
        return tiles[n] if n < len(tiles) else tile

    return choose


def _candidates(kernels: Kernels, work: Work) -> tuple[Tile, ...]:
    assert kernels.candidates is not None, "only such kernels are tuned"
    return kernels.candidates(work.kind, work.shape)


def _lowered(variant: Variant, graph: Graph, kernels: Kernels) -> Program:
    return lower_graph(graph, variant.with_kernels(kernels), "")


def _tiled(program: Program) -> Iterator[Call]:
    """The calls that asked for a tile, in order."""
    return (call for call in program.calls if ".tile_rows" in call.instance)


def _retiled(kernels: Kernels, choose: Choice) -> Kernels:
    """`kernels` whose every choice of a tile passes through `choose`."""

    def wrap(kind: str) -> Callable[..., Tile]:
        model = getattr(kernels, kind)
        return lambda *shape: choose(Work(kind, shape), model(*shape))

    changed: dict[str, Any] = {kind: wrap(kind) for kind in _KINDS}
    return replace(kernels, **changed)


def _level() -> tuple[str, ...]:
    """The flag that leaves out the kernels which this CPU wouldn't take."""
    from thenar.compile.x86_64.family import level

    return (f"-DTHENAR_LEVEL={level()}",)


def _text(tile: Tile) -> str:
    return f"{tile.rows}x{tile.columns}x{tile.vectors}"


def _tile(text: str) -> Tile:
    rows, columns, vectors = map(int, text.split("x"))
    return Tile(rows, columns, vectors)
