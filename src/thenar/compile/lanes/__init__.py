"""Sixteen float32 at a time, in vectors that every C compiler of the GNU family turns into a CPU's own: rows, and
elementwise operators fused into one pass over memory (kernels/lanes)."""

from __future__ import annotations

from thenar.compile.lanes.expressions import fuse_maps
from thenar.compile.lanes.fused_sum import SUMS, fuse_sums
from thenar.compile.lanes.maps import MAPS
from thenar.compile.lanes.rows import ROWS
from thenar.compile.lanes.weighted import WEIGHTED, fuse_weighted_sums

LOWERINGS = {**ROWS, **SUMS, **MAPS, **WEIGHTED}

__all__ = ["LOWERINGS", "fuse_maps", "fuse_sums", "fuse_weighted_sums"]
