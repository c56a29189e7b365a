"""Microcontrollers: quantized networks in little flash and less RAM, with the instructions that Cortex-M4 and M7 (DSP
extension) and Cortex-M55 and M85 (Helium) have. What isn't served runs as the reference does."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from thenar.compile.cortex_m.convolution import PAIRS, ROWS, convolutions
from thenar.compile.cortex_m.dense import dense
from thenar.compile.cortex_m.moves import MOVES
from thenar.compile.cortex_m.served import served
from thenar.compile.cortex_m.split import split_heads
from thenar.compile.lanes.fused_sum import SUMS, fuse_sums
from thenar.compile.nhwc.fuse import fuse
from thenar.compile.nhwc.layout import Style, layout
from thenar.compile.ops.site import Lower, Lowered, Site
from thenar.compile.program import Call


def _sum(site: Site) -> Lowered:
    """The fused sum, one value at a time."""
    steps = SUMS["lanes.Sum"](site)
    return [replace(step, header="cortex_m/fused") if isinstance(step, Call) else step for step in steps]


_BYTES_SIGNED = Style(served, borders=False, signed=True)

PASSES = (fuse_sums, split_heads, partial(fuse, serves=served), partial(layout, style=_BYTES_SIGNED))


def _lowerings(loop: str) -> dict[str, Lower]:
    return {**convolutions(loop), **MOVES, **dense(loop), "lanes.Sum": _sum}


DSP, HELIUM = _lowerings(PAIRS), _lowerings(ROWS)

CORTEX_M7 = ("-O2", "-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16")
CORTEX_M55 = ("-O2", "-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard")

__all__ = ["CORTEX_M7", "CORTEX_M55", "DSP", "HELIUM", "PASSES"]
