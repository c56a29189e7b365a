"""The target x86-64: which kernels serve what, and how the reference's own kernels are compiled for newer CPUs."""

from __future__ import annotations

from thenar.compile.nhwc import LOWERINGS as NHWC
from thenar.compile.nhwc import PASSES as LAYOUT
from thenar.compile.x86_64.clones import cloned
from thenar.compile.x86_64.fused_sum import SUMS, fuse_sums
from thenar.compile.x86_64.rows import LOWERINGS as ROWS

FLAGS = ("-O3",)

PASSES = (fuse_sums, *LAYOUT)
LOWERINGS = {**NHWC, **ROWS, **SUMS}

__all__ = ["FLAGS", "LOWERINGS", "PASSES", "cloned"]
