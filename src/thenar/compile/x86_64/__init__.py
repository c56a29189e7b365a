"""The target x86-64: which kernels serve what, and how the reference's own kernels are compiled for newer CPUs."""

from __future__ import annotations

from collections.abc import Mapping

from thenar.compile import lanes
from thenar.compile.clones import cloned
from thenar.compile.graph import Tensor
from thenar.compile.lanes import fuse_maps, fuse_sums, fuse_weighted_sums
from thenar.compile.nhwc import GROUPED, Kernels, fuse, fuse_residual, layout, lowerings, means
from thenar.compile.nhwc.costs import FAMILIES
from thenar.compile.ops.site import Lower
from thenar.compile.program import Call
from thenar.compile.x86_64.amx import with_amx
from thenar.compile.x86_64.family import GENERIC, family
from thenar.compile.x86_64.quantize import QUANTIZE
from thenar.compile.x86_64.tiles import kernels
from thenar.compile.x86_64.unpack import UNPACK

FLAGS = ("-O3",)

PASSES = (fuse_weighted_sums, fuse_sums, means, fuse, fuse_residual, GROUPED, fuse_maps, layout)
KERNELS = kernels(FAMILIES[GENERIC])
HERE = kernels(FAMILIES[family()])
"""With the tiles for this machine's CPU."""


def lower_with(kernels: Kernels) -> Mapping[str, Lower]:
    """The operators that are lowered in a way of their own, given what decides their tiles."""
    return {**lowerings(kernels), **lanes.LOWERINGS, **UNPACK, **QUANTIZE}


def finish(calls: tuple[Call, ...], tensors: dict[str, Tensor]) -> tuple[Call, ...]:
    """The calls for every level of instructions; what they share is added to `tensors`."""
    return with_amx(cloned("x86_64", calls, tensors), tensors)


__all__ = ["FLAGS", "HERE", "KERNELS", "PASSES", "finish", "lower_with"]
