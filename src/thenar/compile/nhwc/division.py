"""Division by a number known beforehand, as a multiplication and a multiply-add with the same result.

After Brisebarre, Muller and Raina, "Accelerating correctly rounded floating-point division when the divisor is known in
advance" (2004): with high + low close to 1 / scale, fma(x, high, x * low) is x / scale, correctly rounded, for nearly
every scale. Where only the nearest integer of the quotient counts, the quotients next to a half decide.
"""

from __future__ import annotations

import numpy as np

_NEIGHBOURS = 4
"""Units in the last place around a half that are tried: both ways are within two of the quotient."""

_RANGE = 2.0**60
"""Scales between it and its inverse neither overflow nor lose digits."""


def inverse(scale: float, least: int, most: int) -> tuple[float, float] | None:
    """(high, low), so that rint(fma(x, high, x * low)) in float32 is rint(x / scale) wherever that lies within
    [least, most], and beyond on the same side; None for the few scales where it isn't."""
    if not 1 / _RANGE < scale < _RANGE:
        return None
    s = np.float32(scale)
    high = np.float32(1.0 / np.float64(s))
    low = np.float32((1.0 - np.float64(high) * np.float64(s)) / np.float64(s))
    halves = (np.arange(least - 1, most + 1) + 0.5).astype(np.float32)
    x = halves * s
    tried = [x]
    for direction in (-np.inf, np.inf):
        step = x
        for _ in range(_NEIGHBOURS):
            step = np.nextafter(step, np.float32(direction))
            tried.append(step)
    values = np.concatenate(tried)
    exact = values.astype(np.longdouble) * high + (values * low).astype(np.longdouble)
    return (float(high), float(low)) if np.array_equal(np.rint(exact.astype(np.float32)), np.rint(values / s)) else None
