"""Operands of kernels that walk rows made of parts: each has a stride of its own for rows, parts and values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from thenar.compile.lanes.maps import NAMES
from thenar.compile.ops.strides import broadcast, fits, merge

Strides = tuple[int, int, int]
"""From row to row of the softmax, from part to part of what it weights, from value to value."""


class Unfit(Exception):
    """What stands here isn't a weighted sum, or none that the kernel computes."""


@dataclass(eq=False)
class Operands:
    """Distinct operands of the kernel: tensors, and how they are walked."""

    names: list[str] = field(default_factory=list)
    strides: list[Strides] = field(default_factory=list)

    def letter(self, name: str, strides: Strides) -> str:
        """What the operand is called in C.

        Raises:
            Unfit: it is one too many.
        """
        known = [at for at, own in enumerate(self.names) if own == name and self.strides[at] == strides]
        if not known:
            self.names.append(name)
            self.strides.append(strides)
        at = known[0] if known else len(self.names) - 1
        if at >= len(NAMES):
            raise Unfit
        return NAMES[at]


def walk(seen: tuple[int, ...], shape: tuple[int, ...], rows: int) -> Strides:
    """How a tensor is walked that broadcasts to `shape`, whose first dimensions are the `rows`.

    Raises:
        Unfit: it doesn't broadcast, or takes more strides.
    """
    if not fits(seen, shape):
        raise Unfit
    strides = broadcast(seen, shape)
    split = next((at for at in range(len(shape)) if math.prod(shape[:at]) == rows), None)
    if split is None:
        raise Unfit
    while split < len(shape) - 1 and shape[split] == 1:
        split += 1
    return _single(shape[:split], strides[:split]), _single(shape[split:-1], strides[split:-1]), strides[-1]


def _single(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """The one stride that walks all of these dimensions."""
    merged, steps = merge(shape, strides)
    if len(merged) > 1:
        raise Unfit
    return steps[0]
