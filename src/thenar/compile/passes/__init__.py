"""Graph -> Graph: each pass leaves a network that computes the same, in fewer or cheaper nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from thenar.compile.graph import Graph
from thenar.compile.passes.batchnorm import fold_batchnorm
from thenar.compile.passes.dead import drop_dead
from thenar.compile.passes.fold import fold_constants
from thenar.compile.passes.integer import dequantizing_convolutions, to_integer
from thenar.compile.passes.sink import sink_dequantize

PASSES: tuple[Callable[[Graph], Graph], ...] = (
    drop_dead,
    fold_batchnorm,
    sink_dequantize,
    to_integer,
    drop_dead,
    dequantizing_convolutions,
    drop_dead,
    fold_constants,
    drop_dead,
)


def optimize(graph: Graph, target: Sequence[Callable[[Graph], Graph]] = ()) -> Graph:
    """`graph` after all passes, in order, those of the target last."""
    for step in (*PASSES, *target):
        graph = step(graph)
    return graph
