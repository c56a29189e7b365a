"""A transposed convolution of stride s as s x s plain ones, each of which makes every s-th row and column."""

from __future__ import annotations

from dataclasses import dataclass

from thenar.compile.graph import Node
from thenar.compile.nhwc.served import pair

Axes = tuple[list["Phase"], list["Phase"]]


@dataclass(frozen=True)
class Phase:
    """Along one axis, the `count` outputs start, start + stride, ...: they sum every stride-th tap from `first` on.

    `before` and `after` are the padding that they need.
    """

    start: int
    first: int
    count: int
    before: int
    after: int


def phases(node: Node, x: tuple[int, ...], y: tuple[int, ...], kernel: tuple[int, ...]) -> Axes:
    """The phases of rows and of columns, for an input and output of sizes `x` and `y`."""
    strides, pads = pair(node, "strides", 1), pair(node, "pads", 0)
    rows, columns = (_axis(*sizes) for sizes in zip(x, y, kernel, strides, pads, strict=False))
    return rows, columns


def _axis(given: int, size: int, kernel: int, stride: int, pad: int) -> list[Phase]:
    """Output start + stride t sums taps first + stride j of inputs t + shift - j."""
    found = []
    for start in range(min(stride, size)):
        first = (start + pad) % stride
        taps, count = -(-(kernel - first) // stride), -(-(size - start) // stride)
        before = taps - 1 - (start + pad - first) // stride
        found.append(Phase(start, first, count, before, count - 1 + taps - before - given))
    return found


def reach(axes: Axes) -> tuple[int, int, int, int]:
    """The border (top, left, bottom, right) that all phases need."""
    top, left = (max(0, *(phase.before for phase in axis)) for axis in axes)
    bottom, right = (max(0, *(phase.after for phase in axis)) for axis in axes)
    return top, left, bottom, right
