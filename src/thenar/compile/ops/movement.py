"""Operators that move elements without changing them: each is a view, a strided copy, or a lookup along an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from thenar.compile.arena import ALIGNMENT
from thenar.compile.c_types import c_type
from thenar.compile.graph import Array, Tensor
from thenar.compile.ops.site import ANY, Lowered, Operator, Site
from thenar.compile.ops.strides import MAX_RANK, broadcast, merge, pad_front, row_major
from thenar.compile.program import Call, Field, View

_MAX_TABLE = 2**22
"""Entries of a table of indices that the library holds; images have sides of some thousands."""


def copy(
    site: Site,
    source: Tensor,
    target: Tensor,
    shape: Sequence[int],
    read: tuple[int, Sequence[int]],
    write: tuple[int, Sequence[int]] | None = None,
) -> Call:
    """y[write] = x[read] for every index of `shape`; `read` and `write` are (first element, strides).

    Without `write` the target is filled densely in the order of `shape`.
    """
    start, strides = read
    to_start, to_strides = write or (0, row_major(shape))
    dims, from_merged, to_merged = merge(shape, strides, to_strides)
    site.check(len(dims) <= MAX_RANK, f"moves {len(dims)} separate dimensions, more than {MAX_RANK}")
    fields: dict[str, Field] = {
        "shape": pad_front(dims, MAX_RANK, 1),
        "from": start,
        "from_stride": pad_front(from_merged, MAX_RANK, 0),
        "to": to_start,
        "to_stride": pad_front(to_merged, MAX_RANK, 0),
    }
    kind = c_type(source.dtype)
    return Call(f"copy_{kind}", "copy", "copy", fields, (source.name,), (target.name,), f"THENAR_COPY({kind})")


def part(site: Site, source: Tensor, target: Tensor, start: int, strides: Sequence[int]) -> Call | View:
    """y = x from element `start` on, strided: a view where that is one aligned run of what is computed, else a copy."""
    begins = start * source.dtype.itemsize
    dense = target.size == 1 or merge(target.shape, strides) == ((target.size,), (1,))
    if dense and begins % ALIGNMENT == 0 and target.size and source.data is None:
        return View(source.name, target.name, begins)
    return copy(site, source, target, target.shape, (start, strides))


def take(site: Site, source: Tensor, target: Tensor, axis: int, index: str | Array, kind: str = "int32_t") -> Call:
    """y[:, i, :] = x[:, index[i], :] along `axis`, the index given by values or by a tensor's name."""
    count = site.graph.tensors[index].size if isinstance(index, str) else index.size
    shape = source.shape
    fields = {"outer": math.prod(shape[:axis]), "axis": shape[axis], "inner": math.prod(shape[axis + 1 :])}
    element = c_type(source.dtype)
    return Call(
        f"gather_{element}_{kind}",
        "copy",
        "gather",
        {**fields, "count": count},
        (source.name, index),
        (target.name,),
        f"THENAR_GATHER({element}, {kind})",
    )


def take_axes(site: Site, indices: dict[int, Array]) -> Lowered:
    """The input looked up along several axes, one after the other; index tables are known while compiling."""
    source, calls = site.input(), list[Call]()
    steps = [(axis, index) for axis, index in indices.items() if not np.array_equal(index, range(source.shape[axis]))]
    if not steps:
        return [View(source.name, site.output().name)]
    for axis, index in steps:
        shape = (*source.shape[:axis], index.size, *source.shape[axis + 1 :])
        target = site.output()
        if axis != steps[-1][0]:
            target = Tensor(site.temporary(shape, source.dtype), source.dtype, shape)
        calls.append(take(site, source, target, axis, index.astype(np.int32)))
        source = target
    return calls


def check_table(site: Site, *sizes: int) -> None:
    """ThenarError where a table with an entry for each index of a dimension would be unreasonably large."""
    site.check(max(sizes, default=0) <= _MAX_TABLE, f"has a dimension of {max(sizes, default=0)}, over {_MAX_TABLE}")


def _view(site: Site) -> Lowered:
    x, y = site.input(), site.output()
    site.check(x.size == y.size, f"makes {y.size} elements of {x.size}")
    return [View(x.name, y.name)]


def _transpose(site: Site) -> Lowered:
    x = site.input()
    order = site.integers("perm") or tuple(reversed(range(len(x.shape))))
    site.check(sorted(order) == list(range(len(x.shape))), f"its perm {order} doesn't name each of its dimensions once")
    strides = row_major(x.shape)
    return [copy(site, x, site.output(), [x.shape[axis] for axis in order], (0, [strides[axis] for axis in order]))]


def _expand(site: Site) -> Lowered:
    x, y = site.input(), site.output()
    return [copy(site, x, y, y.shape, (0, broadcast(x.shape, y.shape)))]


def _tile(site: Site) -> Lowered:
    sizes, repeats = site.input().shape, [int(count) for count in site.value(1)]
    check_table(site, *site.output().shape)
    return take_axes(site, {a: np.tile(np.arange(sizes[a]), count) for a, count in enumerate(repeats)})


def _slice(site: Site) -> Lowered:
    x, y = site.input(), site.output()
    starts = [int(start) for start in site.value(1)]
    axes = [site.axis(int(axis), len(x.shape)) for axis in site.value(3, range(len(starts)))]
    steps = [int(step) for step in site.value(4, [1] * len(starts))]
    offset, strides = 0, list(row_major(x.shape))
    for start, axis, step in zip(starts, axes, steps, strict=True):
        site.check(step != 0, "a step is 0")
        size = x.shape[axis]
        first = min(max(start + size if start < 0 else start, 0), size if step > 0 else size - 1)
        offset += first * strides[axis]
        strides[axis] *= step
    return [part(site, x, y, offset, strides)]


def _concat(site: Site) -> Lowered:
    y = site.output()
    axis = site.axis(site.integer("axis"), len(y.shape))
    strides, at, calls = row_major(y.shape), 0, []
    for index in range(len(site.node.inputs)):
        x = site.input(index)
        if x.size:
            calls.append(copy(site, x, y, x.shape, (0, row_major(x.shape)), (at * strides[axis], strides)))
        at += x.shape[axis]
    site.check(at == y.shape[axis], "its inputs don't fit its output")
    return calls


def _split(site: Site) -> Lowered:
    x = site.input()
    axis = site.axis(site.integer("axis"), len(x.shape))
    strides, at, parts = row_major(x.shape), 0, []
    for name in site.node.outputs:
        y = site.graph.tensors[name]
        if y.size:
            parts.append(part(site, x, y, at * strides[axis], strides))
        at += y.shape[axis]
    site.check(at == x.shape[axis], "its parts don't add up to its input")
    return parts


def _gather(site: Site) -> Lowered:
    x, index = site.input(), site.input(1)
    axis = site.axis(site.integer("axis"), len(x.shape))
    return [take(site, x, site.output(), axis, index.name, c_type(index.dtype))]


def _pad(site: Site) -> Lowered:
    x, y = site.input(), site.output()
    rank = len(x.shape)
    axes = [site.axis(int(axis), rank) for axis in site.value(3, range(rank))]
    amounts = [int(amount) for amount in site.value(1)]
    site.check(len(amounts) == 2 * len(axes), f"{len(amounts)} pads for {len(axes)} axes")
    before = dict.fromkeys(range(rank), 0) | dict(zip(axes, amounts[: len(axes)], strict=True))
    mode = site.text("mode", "constant")
    if mode != "constant":
        modes = {"edge": "edge", "reflect": "reflect", "wrap": "wrap"}
        site.check(mode in modes, f"pads by {mode!r}, which the compiler doesn't know")
        site.check(min(amounts) >= 0, f"negative padding with mode {mode!r}")
        check_table(site, *y.shape)
        after = {axis: y.shape[axis] - x.shape[axis] - before[axis] for axis in range(rank)}
        padded = {a: np.pad(np.arange(x.shape[a]), (before[a], after[a]), mode=modes[mode]) for a in axes}  # type: ignore[call-overload]
        return take_axes(site, padded)
    value = site.operand(2) or np.zeros((), x.dtype)
    kind = c_type(x.dtype)
    calls = [Call(f"fill_{kind}", "copy", "fill", {"size": y.size}, (value,), (y.name,), f"THENAR_FILL({kind})")]
    cut = [max(-before[axis], 0) for axis in range(rank)]
    at = [max(before[axis], 0) for axis in range(rank)]
    shape = [min(x.shape[a] - cut[a], y.shape[a] - at[a]) for a in range(rank)]
    if min(shape, default=1) > 0:
        start = sum(c * stride for c, stride in zip(cut, row_major(x.shape), strict=True))
        to = sum(a * stride for a, stride in zip(at, row_major(y.shape), strict=True))
        calls.append(copy(site, x, y, shape, (start, row_major(x.shape)), (to, row_major(y.shape))))
    return calls


def _depth_to_space(site: Site) -> Lowered:
    """(n, c, h, b1, w, b2) read from (n, b1, b2, c, h, w) or, in mode CRD, from (n, c, b1, b2, h, w)."""
    x, y = site.input(), site.output()
    n, channels, h, w = x.shape
    block = site.integer("blocksize", 1)
    site.check(block > 0 and channels % (block * block) == 0, f"its {channels} channels aren't blocks of {block}")
    c = channels // (block * block)
    if site.text("mode", "DCR") == "DCR":
        sn, s1, s2, sc, sh, sw = row_major((n, block, block, c, h, w))
    else:
        sn, sc, s1, s2, sh, sw = row_major((n, c, block, block, h, w))
    return [copy(site, x, y, (n, c, h, block, w, block), (0, (sn, sc, sh, s1, sw, s2)))]


def _space_to_depth(site: Site) -> Lowered:
    """(n, b1, b2, c, h, w) or, in mode CRD, (n, c, b1, b2, h, w) read from (n, c, h, b1, w, b2)."""
    x, y = site.input(), site.output()
    n, c, height, width = x.shape
    block = site.integer("blocksize", 1)
    site.check(block > 0 and height % block == 0 and width % block == 0, f"{height}x{width} isn't blocks of {block}")
    h, w = height // block, width // block
    sn, sc, sh, s1, sw, s2 = row_major((n, c, h, block, w, block))
    if site.text("mode", "DCR") == "CRD":
        return [copy(site, x, y, (n, c, block, block, h, w), (0, (sn, sc, s1, s2, sh, sw)))]
    return [copy(site, x, y, (n, block, block, c, h, w), (0, (sn, s1, s2, sc, sh, sw)))]


def _dropout(site: Site) -> Lowered:
    """At inference the input itself; the mask, if asked for, is all true."""
    site.check(not site.has(2) or not site.value(2).any(), "is in training mode")
    calls: list[Call | View] = [View(site.input().name, site.output().name)]
    if len(site.node.outputs) > 1 and site.node.outputs[1]:
        mask = site.output(1)
        fields, one = {"size": mask.size}, np.ones((), np.uint8)
        calls.append(Call("fill_uint8_t", "copy", "fill", fields, (one,), (mask.name,), "THENAR_FILL(uint8_t)"))
    return calls


_VIEWS = {"Identity": (), "Reshape": (1,), "Flatten": (), "Squeeze": (1,), "Unsqueeze": (1,)}

OPERATORS = (
    *(Operator(op, _view, ANY, static) for op, static in _VIEWS.items()),
    Operator("Transpose", _transpose, ANY),
    Operator("Expand", _expand, ANY, static=(1,)),
    Operator("Tile", _tile, ANY, static=(1,)),
    Operator("Slice", _slice, ANY, static=(1, 2, 3, 4)),
    Operator("Concat", _concat, ANY),
    Operator("Split", _split, ANY, static=(1,)),
    Operator("Gather", _gather, ANY),
    Operator("Pad", _pad, ANY, static=(1, 3)),
    Operator("DepthToSpace", _depth_to_space, ANY),
    Operator("SpaceToDepth", _space_to_depth, ANY),
    Operator("Dropout", _dropout, ANY, static=(1, 2)),
)
