"""The tiles of x86-64 kernels: the cost model's choice for a family of CPUs, and others that are worth timing."""

from __future__ import annotations

from functools import partial

from thenar.compile.nhwc.costs import Costs
from thenar.compile.nhwc.kernels import Kernels
from thenar.compile.nhwc.tile import MAX_VECTORS, Tile, choose, choose_depthwise, choose_depthwise_float, ranked

FLOAT_VECTORS = 8
_EACH = 3
"""Tiles to time of each width in vectors."""

_MOST = 12
"""Tiles to time for a layer."""

_COLUMNS = (3, 4, 6, 8, 12, 16)


def kernels(costs: Costs) -> Kernels:
    """The kernels, with tiles by the cost model."""
    tile, floats = partial(choose, costs=costs), partial(choose, most=FLOAT_VECTORS, costs=costs, floats=True)
    return Kernels("x86_64", tile, choose_depthwise, floats, costs=costs, candidates=partial(_candidates, costs))


def _candidates(costs: Costs, kind: str, shape: tuple[int, ...]) -> tuple[Tile, ...]:
    if kind in ("tile", "float_tile"):
        floats = kind == "float_tile"
        tiles = ranked(*shape, most=FLOAT_VECTORS if floats else MAX_VECTORS, costs=costs, floats=floats)
        best = [tile for width in range(1, FLOAT_VECTORS + 1) for tile in _of_width(tiles, width)[:_EACH]]
        return tuple(sorted(best, key=tiles.index)[:_MOST])
    first = choose_depthwise(*shape) if kind == "depthwise_tile" else choose_depthwise_float(*shape)  # type: ignore[arg-type]
    most, width = (16 if kind == "depthwise_tile" else 24) // first.rows, shape[1]
    columns = dict.fromkeys(min(column, width) for column in (first.columns, *_COLUMNS) if column <= most)
    return tuple(Tile(first.rows, column, 1) for column in columns)


def _of_width(tiles: tuple[Tile, ...], vectors: int) -> tuple[Tile, ...]:
    return tuple(tile for tile in tiles if tile.vectors == vectors)
