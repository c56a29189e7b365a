"""Microcontrollers: quantized networks in little flash and less RAM, with the instructions that Cortex-M4 and M7 (DSP
extension) and Cortex-M55 and M85 (Helium) have. What isn't served runs as the reference does."""

from __future__ import annotations

from functools import partial

from thenar.compile.cortex_m.convolution import PAIRS, ROWS, convolutions
from thenar.compile.cortex_m.dense import dense
from thenar.compile.cortex_m.moves import MOVES
from thenar.compile.cortex_m.served import served
from thenar.compile.nhwc.fuse import fuse
from thenar.compile.nhwc.layout import Style, layout

PASSES = (partial(fuse, serves=served), partial(layout, style=Style(served, borders=False, signed=True)))
DSP = {**convolutions(PAIRS), **MOVES, **dense(PAIRS)}
HELIUM = {**convolutions(ROWS), **MOVES, **dense(ROWS)}

CORTEX_M7 = ("-O2", "-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16")
CORTEX_M55 = ("-O2", "-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard")

__all__ = ["CORTEX_M7", "CORTEX_M55", "DSP", "HELIUM", "PASSES"]
