"""What the cost model says about a convolution's kernel call, whatever kind it is."""

from __future__ import annotations

from thenar.compile.nhwc.costs import Costs
from thenar.compile.nhwc.tile import Tile, cost
from thenar.compile.program import Field

_FLOATS = ("conv", "depthwise")
_LANES = 16
_BYTES_PER_LANE = 4

_GATHER = 8.0
"""Cycles to bring four rows of a column side by side for a depthwise kernel of bytes."""


def expected(costs: Costs, macro: str, fields: dict[str, Field]) -> tuple[float, float]:
    """(cycles, multiply-accumulates per cycle at most) of a call with the fields of thenar_nhwc_conv or _qconv."""
    floats = macro in _FLOATS
    peak = costs.products * _LANES * (1 if floats else _BYTES_PER_LANE)
    numbers = {key: value for key, value in fields.items() if isinstance(value, int)}
    tile = Tile(numbers["tile_rows"], numbers["tile_columns"], numbers["vectors"])
    rows, columns, channels = numbers["rows"], numbers["columns"], numbers["out_channels"]
    if macro.endswith("depthwise"):
        return _depthwise(costs, tile, numbers, floats=floats), peak
    steps = numbers["kernel_rows"] * numbers["runs"] * numbers["steps"]
    cycles = cost(tile, rows, columns, channels, steps, costs=costs, floats=floats)
    return numbers.get("groups", 1) * cycles, peak


def _depthwise(costs: Costs, tile: Tile, numbers: dict[str, int], *, floats: bool) -> float:
    """Tiles of 16 channels; a product of bytes covers four rows, which have to be brought together first."""
    pixels, runs = tile.rows * tile.columns, numbers["runs"]
    count = -(-numbers["rows"] // tile.rows) * -(-numbers["columns"] // tile.columns)
    if floats:
        work = pixels * numbers["kernel_rows"] * runs / costs.products + pixels * costs.store
    else:
        gathers = numbers["steps"] * (tile.columns + runs - 1)
        work = gathers * _GATHER + pixels * numbers["steps"] * runs / costs.products + pixels * costs.finish
    return count * -(-numbers["out_channels"] // _LANES) * (costs.enter + work)
