"""Channels last: how targets with vector units hold 8-bit images, and the passes and kernels that work on them.

The reference works on (channel, row, column) as ONNX does. Here a convolution's inputs and outputs are (row, column,
channel) with a border of zero points (kernels/nhwc/image.h); between such operators nothing is transposed.
"""

from __future__ import annotations

from functools import partial

from thenar.compile.nhwc.averages import AVERAGES, means
from thenar.compile.nhwc.floats import FLOAT
from thenar.compile.nhwc.fuse import fuse
from thenar.compile.nhwc.fuse_float import fuse_float
from thenar.compile.nhwc.fuse_residual import fuse_residual
from thenar.compile.nhwc.joins import JOINS
from thenar.compile.nhwc.kernels import Kernels
from thenar.compile.nhwc.layout import layout
from thenar.compile.nhwc.matmul import PRODUCTS
from thenar.compile.nhwc.moves import MOVES
from thenar.compile.nhwc.quantized import QUANTIZED
from thenar.compile.ops.site import Lower

PASSES = (fuse, fuse_float, layout)
GROUPED = partial(fuse_float, grouped=True)
"""fuse_float for targets whose float32 kernels convolve in groups and depthwise."""


def lowerings(kernels: Kernels) -> dict[str, Lower]:
    """The operators of the layout, lowered to a target's kernels and to those that all targets share."""
    own = {op: partial(lower, kernels) for op, lower in (*QUANTIZED.items(), *FLOAT.items(), *PRODUCTS.items())}
    return {**MOVES, **JOINS, **AVERAGES, **own}


__all__ = ["GROUPED", "PASSES", "Kernels", "fuse", "fuse_residual", "layout", "lowerings", "means"]
