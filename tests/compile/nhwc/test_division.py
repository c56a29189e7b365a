"""Multiplying by an inverse gives the integer that dividing gives."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from thenar.compile.nhwc.division import inverse


def nearest(exact: Fraction) -> np.float32:
    """The float32 next to a fraction; halves go to the even one."""
    guess = np.float32(float(exact))
    around = [np.nextafter(guess, np.float32(-np.inf)), guess, np.nextafter(guess, np.float32(np.inf))]
    distance = {value: abs(Fraction(float(value)) - exact) for value in around}
    closest = [value for value in around if distance[value] == min(distance.values())]
    return min(closest, key=lambda value: int(value.view(np.int32)) % 2)


@settings(max_examples=300, deadline=None)
@given(st.floats(2.0**-20, 1024, width=32), st.floats(-300, 300), st.integers(-3, 3))
def test_quotients_round_to_the_same_integer(scale: float, quotient: float, away: int) -> None:
    found = inverse(scale, -256, 256)
    if found is None:
        return
    x = np.float32((np.rint(quotient) + 0.5) * scale)
    for _ in range(abs(away)):
        x = np.nextafter(x, np.float32(np.sign(away) * np.inf))
    high, low = (np.float32(part) for part in found)
    multiplied = nearest(Fraction(float(x)) * Fraction(float(high)) + Fraction(float(x * low)))
    assert np.clip(np.rint(multiplied), -256, 256) == np.clip(np.rint(x / np.float32(scale)), -256, 256)


def test_nearly_every_scale_has_an_inverse() -> None:
    scales = np.random.default_rng(0).uniform(1e-3, 1, 200).astype(np.float32)
    assert sum(inverse(float(scale), -256, 256) is not None for scale in scales) > 190


def test_extreme_scales_have_none() -> None:
    assert inverse(0.0, -256, 256) is None
    assert inverse(1e-30, -256, 256) is None
    assert inverse(float("inf"), -256, 256) is None
