"""Which convolutions the matrix unit AMX computes, in which blocks: a cost model and its minimum.

A block is up to 2 x 2 tiles of sums; each tile is `pixels` neighbours in a row by 16 channels, and every step adds the
products of `bytes` bytes of a window's run (kernels/x86_64/qconv_amx.h).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from thenar.compile.graph import Tensor
from thenar.compile.nhwc.pack import GROUP, LANES
from thenar.compile.nhwc.tile import Tile, cost
from thenar.compile.program import Call, Field

ROWS, BYTES = 16, 64
"""Of a tile register."""

ALLOWED = "amx"
"""The tensor that says at run time whether AMX may be used."""

_LINE = 64
_CROSSING = 2.5
"""Bytes of a cache line, and cycles to load a tile's row that lies in two of them."""

_PRODUCT = 9.0
"""Least cycles for a product of tiles, however few rows they have."""

_FINISH = 3.0
"""Cycles to requantize and store one vector of a tile."""

_BLOCK, _LAYER = 60.0, 400.0
"""Cycles to start a block, and to set up the tiles' shapes."""


@dataclass(frozen=True)
class Blocks:
    """down x wide tiles of pixels x 16 channels, `bytes` deep at each step."""

    pixels: int
    bytes: int
    down: int
    wide: int


_PEAK = 1024.0
"""Multiply-accumulates of bytes in a cycle."""

Choose = Callable[[Mapping[str, Field]], Blocks | None]


def with_amx(calls: tuple[Call, ...], tensors: dict[str, Tensor], choose: Choose | None = None) -> tuple[Call, ...]:
    """Convolutions that AMX computes faster than vectors may use it, after a first call that asks whether the process
    may. `choose` (by default `fastest`) picks a layer's blocks from its fields."""
    pick = choose or fastest
    chosen = [pick(call.fields) if call.instance.startswith("THENAR_NHWC_QCONV(") else None for call in calls]
    if not any(chosen):
        return calls
    tensors[ALLOWED] = Tensor(ALLOWED, np.dtype(np.int32), ())
    ask = Call("amx_permission", "x86_64/amx", "", {}, (), (ALLOWED,), comment="may AMX be used?")
    return (ask, *(call if found is None else _served(call, found) for call, found in zip(calls, chosen, strict=True)))


def _served(call: Call, found: Blocks) -> Call:
    initializer = ", ".join(f".{key} = {value}" for key, value in asdict(found).items())
    instance = call.instance.replace("THENAR_NHWC_QCONV(", "THENAR_NHWC_QCONV_AMX(", 1)
    instance = f"{instance[:-1]}, .amx = {{{initializer}}})"
    shape = f"{found.down}x{found.wide} tiles of {found.pixels} pixels, {found.bytes} bytes"
    return replace(
        call, header="x86_64/qconv_amx", instance=instance, reads=(*call.reads, ALLOWED),
        comment=f"{call.comment}, or AMX {shape}", cycles=predicted(_Layer.of(call.fields), found), peak=_PEAK,
    )  # fmt: skip


def fastest(fields: Mapping[str, Field]) -> Blocks | None:
    """The blocks with the least predicted time for a layer (kernels/nhwc/qconv.h), or None where vectors win."""
    layer = _Layer.of(fields)
    best = min(candidates(fields), key=lambda blocks: predicted(layer, blocks), default=None)
    return best if best and predicted(layer, best) < layer.by_vectors else None


@dataclass(frozen=True)
class _Layer:
    """What the cost model knows of a layer; `pixel` and `length` are bytes: from one window to the next, of a run."""

    rows: int
    columns: int
    vectors: int
    runs: int
    length: int
    pixel: int
    by_vectors: float

    @classmethod
    def of(cls, fields: Mapping[str, Field]) -> _Layer:
        rows, columns, channels, steps, runs, kernel_rows, tile_rows, tile_columns, vectors = (
            _integer(fields[key])
            for key in (
                "rows", "columns", "out_channels", "steps", "runs", "kernel_rows", "tile_rows", "tile_columns",
                "vectors",
            )
        )  # fmt: skip
        stride, x = fields["stride"], fields["x"]
        assert isinstance(stride, tuple)
        assert isinstance(x, tuple)
        by_vectors = cost(Tile(tile_rows, tile_columns, vectors), rows, columns, channels, kernel_rows * runs * steps)
        pixel = stride[1] * x[2]
        return cls(rows, columns, -(-channels // LANES), kernel_rows * runs, steps * GROUP, pixel, by_vectors)


def _integer(value: Field) -> int:
    assert isinstance(value, int)
    return value


def candidates(fields: Mapping[str, Field]) -> Iterator[Blocks]:
    """Every way to cut a layer into blocks: all the tile's rows used, or as many as there are columns."""
    layer = _Layer.of(fields)
    pixels = -(-layer.columns // -(-layer.columns // ROWS))
    tiles = layer.rows * -(-layer.columns // pixels)
    for size in range(GROUP, min(BYTES, layer.length) + 1, GROUP):
        if layer.length % size == 0:
            for down in range(1, min(2, tiles) + 1):
                for wide in range(1, min(2, layer.vectors) + 1):
                    yield Blocks(pixels, size, down, wide)


def predicted(layer: _Layer, blocks: Blocks) -> float:
    """Cycles for a layer."""
    tiles = layer.rows * -(-layer.columns // blocks.pixels)
    count = tiles / blocks.down * layer.vectors / blocks.wide
    groups = blocks.bytes // GROUP
    starts = range(0, layer.length, blocks.bytes)
    crossings = sum(
        (pixel * layer.pixel + start) % _LINE + blocks.bytes > _LINE
        for start in starts
        for pixel in range(blocks.pixels)
    )
    left = max(blocks.pixels / 2, _CROSSING * crossings / len(starts))
    loads = blocks.down * left + blocks.wide * groups / 2
    first, other = max(blocks.pixels, groups, _PRODUCT), max(blocks.pixels, _PRODUCT)  # of those with one right operand
    products = blocks.wide * (first + (blocks.down - 1) * other)
    finish = blocks.down * blocks.wide * blocks.pixels * _FINISH
    return _LAYER + count * (_BLOCK + layer.runs * len(starts) * max(products, loads) + finish)
