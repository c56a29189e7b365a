"""Graph -> Graph: each pass leaves a network that computes the same, in fewer or cheaper nodes."""

from __future__ import annotations

from collections.abc import Callable

from thenar.compile.graph import Graph
from thenar.compile.passes.batchnorm import fold_batchnorm
from thenar.compile.passes.dead import drop_dead

PASSES: tuple[Callable[[Graph], Graph], ...] = (drop_dead, fold_batchnorm, drop_dead)


def optimize(graph: Graph) -> Graph:
    """`graph` after all passes, in order."""
    for step in PASSES:
        graph = step(graph)
    return graph
