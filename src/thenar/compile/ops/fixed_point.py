"""Real factors as the fixed-point numbers of kernels/reference/requantize.h."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from thenar.compile.ops.site import Site

MULTIPLIER_BITS = 24
"""A float32 has so many bits: the factor is exact."""

_MAX_SHIFT = 62
_SUM_BITS = 15
"""Bits of the two multipliers of a sum: 2 x 255 x (2^15 - 1) < 2^24."""

LIMITS = {"int8": (-128, 127), "uint8": (0, 255)}


def fixed_point(site: Site, factor: npt.ArrayLike) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """(multiplier, shift) with factor = multiplier * 2^-shift, exactly, for positive float32 factors.

    A factor below 2^-38, which takes any 8-bit operator's result to 0, becomes the smallest one that is kept.

    Raises:
        ThenarError: a factor is 0, negative, not finite, or 2^24 and more.
    """
    factors = np.asarray(factor, np.float32)
    site.check(bool(np.all(np.isfinite(factors) & (factors > 0) & (factors < 2.0**24))), "its scales aren't sensible")
    mantissa, exponent = np.frexp(factors)
    multiplier = np.ldexp(mantissa, MULTIPLIER_BITS).astype(np.int32)
    return multiplier, np.minimum(MULTIPLIER_BITS - exponent, _MAX_SHIFT).astype(np.int32)


def sum_multipliers(site: Site, a: float, b: float) -> tuple[int, int, int]:
    """(a's multiplier, b's, shift): a x + b y as (A x + B y) * 2^-shift with the larger of A and B just below 2^15."""
    site.check(0 < max(a, b) < 2.0**_SUM_BITS and min(a, b) >= 0, "its scales aren't sensible")
    _, exponent = np.frexp(max(a, b))
    shift = min(_SUM_BITS - int(exponent), _MAX_SHIFT)
    top = 2**_SUM_BITS - 1
    return min(round(a * 2.0**shift), top), min(round(b * 2.0**shift), top), shift


def scalar(site: Site, index: int, default: Any = 0) -> Any:
    """The value of an input that has to be one number known while compiling."""
    value = site.value(index, default)
    site.check(value.size == 1, f"its input {index} has {value.size} values, not one")
    return value.reshape(()).item()


def output_range(site: Site) -> dict[str, int]:
    """`low` and `high` of the output: its type's limits, or the tighter ones that a fused activation left."""
    kind = site.output().dtype.name
    site.check(kind in LIMITS, f"gives {kind}; the compiler has int8 and uint8")
    low, high = LIMITS[kind]
    return {"low": max(low, site.integer("low", low)), "high": min(high, site.integer("high", high))}
