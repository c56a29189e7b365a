"""Max and average pooling; the global ones are reductions over the image."""

from __future__ import annotations

import math

from thenar.compile.c_types import c_type
from thenar.compile.ops.reduce import reduction
from thenar.compile.ops.site import FLOAT, Lowered, Operator, Site
from thenar.compile.ops.window import three, window
from thenar.compile.program import Call, Field

LOWEST = {"float": "-INFINITY", "int8_t": "INT8_MIN", "uint8_t": "0"}


def _geometry(site: Site) -> dict[str, Field]:
    x, y = site.input(), site.output()
    site.check(len(x.shape) >= 3, f"its input has {len(x.shape)} dimensions, fewer than batch, channels and one more")
    view = window(site, x.shape[2:], site.integers("kernel_shape"))
    fields: dict[str, Field] = {"channels": math.prod(x.shape[:2]), **view.fields(y.shape[2:])}
    return {**fields, "pad_end": three(view.pad_end, 0)}


def _average_pool(site: Site) -> Lowered:
    fields = _geometry(site) | {"include_pad": site.integer("count_include_pad")}
    return [Call("average_pool_float", "pool", "pool", fields, (site.input().name,), (site.output().name,))]


def _max_pool(site: Site) -> Lowered:
    kind = c_type(site.input().dtype)
    fields = _geometry(site) | {"column_major": site.integer("storage_order")}
    index = site.node.outputs[1] if len(site.node.outputs) > 1 else ""
    instance = f"THENAR_MAX_POOL({kind}, {LOWEST[kind]})"
    writes = (site.output().name, index)
    return [Call(f"max_pool_{kind}", "pool", "pool", fields, (site.input().name,), writes, instance)]


def _global(site: Site, kind: str) -> Lowered:
    axes = range(2, len(site.input().shape))
    return reduction(site, kind, tuple(axes))


def _global_average(site: Site) -> Lowered:
    return _global(site, "ReduceMean")


def _global_max(site: Site) -> Lowered:
    return _global(site, "ReduceMax")


OPERATORS = (
    Operator("AveragePool", _average_pool, FLOAT),
    Operator("MaxPool", _max_pool, FLOAT | {"int8", "uint8"}),
    Operator("GlobalAveragePool", _global_average, FLOAT),
    Operator("GlobalMaxPool", _global_max, FLOAT),
)
