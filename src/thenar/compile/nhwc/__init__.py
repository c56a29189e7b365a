"""Channels last: how targets with vector units hold 8-bit images, and the passes and kernels that work on them.

The reference works on (channel, row, column) as ONNX does. Here a convolution's inputs and outputs are (row, column,
channel) with a border of zero points (kernels/nhwc/image.h); between such operators nothing is transposed.
"""

from __future__ import annotations

from thenar.compile.nhwc.floats import FLOAT
from thenar.compile.nhwc.fuse import fuse
from thenar.compile.nhwc.fuse_float import fuse_float
from thenar.compile.nhwc.joins import JOINS
from thenar.compile.nhwc.layout import layout
from thenar.compile.nhwc.moves import MOVES
from thenar.compile.nhwc.quantized import QUANTIZED

PASSES = (fuse, fuse_float, layout)
LOWERINGS = {**MOVES, **JOINS, **QUANTIZED, **FLOAT}

__all__ = ["LOWERINGS", "PASSES"]
