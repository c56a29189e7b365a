"""The target aarch64: which kernels serve what, for 64-bit ARM with NEON."""

from __future__ import annotations

from functools import partial

from thenar.compile import lanes
from thenar.compile.aarch64.tile import choose, choose_depthwise, choose_depthwise_float
from thenar.compile.clones import cloned
from thenar.compile.lanes import fuse_maps, fuse_sums, fuse_weighted_sums
from thenar.compile.nhwc import GROUPED, Kernels, fuse, layout, lowerings, means

FLAGS = ("-O3", "-ffp-contract=off")
NATIVE_FLAGS = ("-mcpu=native",)

PASSES = (fuse_weighted_sums, fuse_sums, means, fuse, GROUPED, fuse_maps, layout)
KERNELS = Kernels("aarch64", choose, choose_depthwise, choose, choose_depthwise_float, signed=True)
LOWERINGS = {**lowerings(KERNELS), **lanes.LOWERINGS}
finish = partial(cloned, "aarch64")

__all__ = ["FLAGS", "LOWERINGS", "NATIVE_FLAGS", "PASSES", "finish"]
