"""Sixteen float32 at a time, in vectors that every C compiler of the GNU family turns into a CPU's own: elementwise
operators fused into one pass over memory (kernels/lanes)."""

from __future__ import annotations

from thenar.compile.lanes.expressions import fuse_maps
from thenar.compile.lanes.maps import MAPS

__all__ = ["MAPS", "fuse_maps"]
