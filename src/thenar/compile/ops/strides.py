"""Index arithmetic for kernels that walk tensors: row-major strides, broadcasting, and merging of dimensions."""

from __future__ import annotations

from collections.abc import Sequence

MAX_RANK = 6
"""Dimensions that a walking kernel loops over, after merging."""

Dims = tuple[int, ...]


def row_major(shape: Sequence[int]) -> Dims:
    """Elements between neighbours along each dimension of a dense tensor.

    >>> row_major((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def broadcast(shape: Sequence[int], result: Sequence[int]) -> Dims:
    """Strides with which a dense tensor of `shape` is read as if it had the shape `result`.

    >>> broadcast((3, 1), (2, 3, 4))
    (0, 1, 0)
    """
    own = row_major(shape)
    missing = len(result) - len(shape)
    return (0,) * missing + tuple(0 if size == 1 else step for size, step in zip(shape, own, strict=True))


def fits(shape: Sequence[int], result: Sequence[int]) -> bool:
    """Does a tensor of `shape` broadcast to `result`?

    >>> fits((3, 1), (2, 3, 4)), fits((2,), (3,))
    (True, False)
    """
    tail = result[len(result) - len(shape) :]
    return len(shape) <= len(result) and all(own in (1, size) for own, size in zip(shape, tail, strict=True))


def merge(shape: Sequence[int], *strides: Sequence[int]) -> tuple[Dims, ...]:
    """`shape` and strides with the fewest dimensions that visit the same elements in the same order.

    A dimension joins the one on its right where every tensor continues there without a jump.

    >>> merge((2, 3, 4), (12, 4, 1), (0, 4, 1))
    ((2, 12), (12, 1), (0, 1))
    """
    merged: list[list[int]] = []
    for size, *steps in reversed(list(zip(shape, *strides, strict=True))):
        if size == 1:
            continue
        if merged and all(step == inner * merged[-1][0] for step, inner in zip(steps, merged[-1][1:], strict=True)):
            merged[-1][0] *= size
        else:
            merged.append([size, *steps])
    if not merged:
        merged = [[1, *(0 for _ in strides)]]
    return tuple(tuple(column) for column in zip(*reversed(merged), strict=True))


def pad_front(values: Sequence[int], rank: int, fill: int) -> Dims:
    """`values` with `fill` before them, `rank` long."""
    return (fill,) * (rank - len(values)) + tuple(values)
