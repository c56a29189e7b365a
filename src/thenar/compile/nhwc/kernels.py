"""What a target brings to the layout: its own kernels, and how much they compute at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from thenar.compile.nhwc.costs import Costs
from thenar.compile.nhwc.tile import Tile, choose, choose_depthwise_float
from thenar.compile.ops.site import Lowered, Site


@dataclass(frozen=True)
class Kernels:
    """`folder` of kernels/ holds qconv, qdepthwise and conv (and depthwise, for GROUPED passes); tiles follow
    from a layer's shape.

    `tile` is called with (height, width, channels) of the result and the number of products that it is deep,
    `depthwise_tile` with (height, width) of the result and (height, row stride, row dilation) of the kernel.
    The float ones are called alike, with (height, width) of the kernel.
    `signed` kernels may take 128 off every byte of an image: they get a second bias, after the first, for that.
    `costs` are the cost model's where one was fitted; `candidates` are the tiles worth timing for one of these four and
    its arguments.
    """

    folder: str
    tile: Callable[[int, int, int, int], Tile]
    depthwise_tile: Callable[[int, int, int, int, int], Tile]
    float_tile: Callable[[int, int, int, int], Tile] = choose
    float_depthwise_tile: Callable[[int, int, tuple[int, int], int, int], Tile] = choose_depthwise_float
    signed: bool = False
    costs: Costs | None = None
    candidates: Callable[[str, tuple[int, ...]], tuple[Tile, ...]] | None = None


LowerWith = Callable[[Kernels, Site], Lowered]
"""Lowers an operator to a target's own kernels."""
