"""The geometry that convolutions and pools share: kernel, strides, dilations and padding over 1 to 3 dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from thenar.compile.ops.site import Site

Dims = tuple[int, ...]

_LIMIT = 2**29
"""Positions that a window may reach: sums of a few such numbers are still 32-bit integers."""


@dataclass(frozen=True)
class Window:
    """A window that slides over `size`; `pad` and `pad_end` are the padding before and after."""

    size: Dims
    kernel: Dims
    stride: Dims
    dilation: Dims
    pad: Dims
    pad_end: Dims

    def fields(self, out: Sequence[int]) -> dict[str, Dims]:
        """The geometry fields of the C structs, with leading dimensions of size 1 up to three."""
        return {
            "in": three(self.size, 1),
            "out": three(out, 1),
            "kernel": three(self.kernel, 1),
            "stride": three(self.stride, 1),
            "dilation": three(self.dilation, 1),
            "pad": three(self.pad, 0),
        }


def three(values: Sequence[int], fill: int) -> Dims:
    """`values` of the last dimensions, with `fill` for the missing first ones."""
    return (fill,) * (3 - len(values)) + tuple(values)


def window(site: Site, size: Sequence[int], kernel: Sequence[int]) -> Window:
    """The window that a node's attributes describe, `auto_pad` resolved."""
    rank = len(size)
    site.check(1 <= rank <= 3, f"works on {rank} spatial dimensions; the compiler has 1 to 3")
    stride = site.integers("strides") or (1,) * rank
    dilation = site.integers("dilations") or (1,) * rank
    pads = site.integers("pads") or (0,) * (2 * rank)
    fits = len(kernel) == len(stride) == len(dilation) == rank and len(pads) == 2 * rank
    site.check(fits, "its kernel_shape, strides, dilations and pads don't have one value per dimension")
    site.check(min(*kernel, *stride, *dilation) > 0, "its kernel_shape, strides and dilations must be positive")
    site.check(min(pads) >= 0, "negative padding")
    pad, pad_end = pads[:rank], pads[rank:]
    mode = site.text("auto_pad", "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        extent = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        total = [max((-(-n // s) - 1) * s + e - n, 0) for n, s, e in zip(size, stride, extent, strict=True)]
        small, large = tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)
        pad, pad_end = (small, large) if mode == "SAME_UPPER" else (large, small)
    elif mode == "VALID":
        pad = pad_end = (0,) * rank
    reach = [n + p + q + d * k for n, p, q, d, k in zip(size, pad, pad_end, dilation, kernel, strict=True)]
    site.check(max(*reach, *stride) < _LIMIT, "its window or padding reaches further than 32 bits count")
    return Window(tuple(size), tuple(kernel), stride, dilation, pad, pad_end)
