"""The target x86-64: which kernels serve what, and how the reference's own kernels are compiled for newer CPUs."""

from __future__ import annotations

from thenar.compile.nhwc import PASSES as LAYOUT
from thenar.compile.nhwc import Kernels, lowerings
from thenar.compile.nhwc.tile import choose, choose_depthwise
from thenar.compile.x86_64.clones import cloned
from thenar.compile.x86_64.fused_sum import SUMS, fuse_sums
from thenar.compile.x86_64.rows import LOWERINGS as ROWS
from thenar.compile.x86_64.unpack import UNPACK

FLAGS = ("-O3",)

PASSES = (fuse_sums, *LAYOUT)
LOWERINGS = {**lowerings(Kernels("x86_64", choose, choose_depthwise)), **ROWS, **SUMS, **UNPACK}

__all__ = ["FLAGS", "LOWERINGS", "PASSES", "cloned"]
