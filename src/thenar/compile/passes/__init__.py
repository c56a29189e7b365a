"""Graph -> Graph: each pass leaves a network that computes the same, in fewer or cheaper nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from thenar.compile.graph import Graph
from thenar.compile.passes.affine import fold_affine
from thenar.compile.passes.dead import drop_dead
from thenar.compile.passes.fold import fold_constants
from thenar.compile.passes.integer import dequantizing_convolutions, to_integer
from thenar.compile.passes.padding import explicit_padding
from thenar.compile.passes.sink import sink_dequantize

PASSES: tuple[Callable[[Graph], Graph], ...] = (
    drop_dead,
    explicit_padding,
    fold_affine,
    sink_dequantize,
    to_integer,
    drop_dead,
    dequantizing_convolutions,
    drop_dead,
    fold_constants,
    drop_dead,
)


def optimize(graph: Graph) -> Graph:
    """`graph` after all passes that serve every target, in order."""
    return run_passes(graph, PASSES)


def run_passes(graph: Graph, passes: Sequence[Callable[[Graph], Graph]]) -> Graph:
    """`graph` after `passes`, in order."""
    for step in passes:
        graph = step(graph)
    return graph
