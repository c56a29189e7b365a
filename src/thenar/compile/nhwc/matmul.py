"""Products with a constant matrix: a convolution of one row of pixels, one pixel for each row of the other matrix."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from thenar.compile.graph import Array
from thenar.compile.nhwc.image import Image
from thenar.compile.nhwc.kernels import Kernels, LowerWith
from thenar.compile.nhwc.layer import Layer, layer_call
from thenar.compile.nhwc.pack import LANES, pack_float
from thenar.compile.ops import OPERATORS
from thenar.compile.ops.site import Lowered, Site
from thenar.compile.program import Field

Product = tuple[Array, Array]
"""weights (columns, depth), and what is added to each column."""


def _matmul(site: Site) -> Product | None:
    a, b = site.input(0), site.input(1)
    if a.data is not None or b.data is None or len(b.shape) != 2 or len(a.shape) < 2 or a.shape[-1] != b.shape[0]:
        return None
    return b.data.T, np.zeros(b.shape[1], np.float32)


def _gemm(site: Site) -> Product | None:
    a, b, columns = site.input(0), site.input(1), site.output().shape[-1]
    if a.data is not None or b.data is None or site.integer("transA") or len(a.shape) != 2 or len(b.shape) != 2:
        return None
    weights = b.data if site.integer("transB") else b.data.T
    added = site.input(2).data if site.has(2) else np.zeros(1, np.float32)
    if added is None or added.size not in (1, columns) or added.shape[-1:] not in ((), (1,), (columns,)):
        return None
    if weights.shape != (columns, a.shape[1]):
        return None
    bias = np.broadcast_to(added.reshape(-1) * np.float32(site.number("beta", 1.0)), (columns,))
    return weights * np.float32(site.number("alpha", 1.0)), bias


def _lower(product: Callable[[Site], Product | None], kernels: Kernels, site: Site) -> Lowered:
    found, y = product(site), site.output()
    if found is None or y.size == 0 or site.input().size == 0:
        return OPERATORS[site.node.op].lower(site)
    weights, added = found
    columns, depth = weights.shape
    rows = math.prod(y.shape[:-1])
    layer = Layer(weights.reshape(columns, depth, 1, 1), (1, 1), (1, 1), (0, 0), 1, rows)
    tile = kernels.float_tile(1, rows, columns, depth)
    packed, runs, steps = pack_float(layer.weights, tile.vectors, dilated=False)
    bias = np.zeros(len(packed) * tile.vectors * LANES, np.float32)
    bias[:columns] = added
    fields: dict[str, Field] = {"x": Image(1, rows, depth).field(), "y": Image(1, rows, columns).field()}
    fields |= {"kernel_rows": 1, "runs": runs, "steps": steps, "run_stride": depth, "stride": (1, 1), "dilation": 1}
    fields |= {"pad": (0, 0), "rows": 1, "columns": rows, "out_channels": columns, "y_first": (0, 0), "y_step": (1, 1)}
    fields |= {"tile_rows": tile.rows, "tile_columns": tile.columns, "vectors": tile.vectors, "groups": 1}
    fields |= {"low": -math.inf, "high": math.inf}
    call = layer_call(kernels, site, "conv", layer, fields, (site.input(0).name, packed, bias, None))
    size = f"{rows}x{depth} by {depth}x{columns}"
    return [replace(call, comment=f"matrix product {size}, tile {tile.columns} rows by {tile.vectors} vectors")]


def _lowering(product: Callable[[Site], Product | None]) -> LowerWith:
    return lambda kernels, site: _lower(product, kernels, site)


PRODUCTS: dict[str, LowerWith] = {"Gemm": _lowering(_gemm), "MatMul": _lowering(_matmul)}
