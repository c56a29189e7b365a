from __future__ import annotations

import numpy as np
import pytest

from thenar.live.smooth import OneEuro, OneEuroConfig


def one_euro_paper(values, times, c):
    """The filter as printed in the paper's appendix, scalar by scalar."""

    def alpha(dt, cutoff):
        tau = 1 / (2 * np.pi * cutoff)
        return 1 / (1 + tau / dt)

    out, x, dx, last = [], None, 0.0, None
    for value, t in zip(values, times, strict=True):
        if x is None:
            x = value
        else:
            dt = t - last
            # the paper differentiates against the previous filtered value
            dx = alpha(dt, c.speed_cutoff_hz) * ((value - x) / dt) + (1 - alpha(dt, c.speed_cutoff_hz)) * dx
            a = alpha(dt, c.min_cutoff_hz + c.beta_hz_per_mm_s * abs(dx))
            x = a * value + (1 - a) * x
        last = t
        out.append(x)
    return np.array(out)


def test_equals_the_published_formula():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.01, 0.05, 50))
    values = np.cumsum(rng.normal(0, 5, 50))
    config = OneEuroConfig()
    ours = OneEuro(config)
    got = [float(ours(np.array([v], np.float32), t)[0]) for v, t in zip(values, times, strict=True)]
    np.testing.assert_allclose(got, one_euro_paper(values, times, config), atol=1e-2)


def test_rest_is_quieter_and_motion_follows():
    rng = np.random.default_rng(1)
    times = np.arange(120) / 30
    still = rng.normal(0, 1.0, (120, 21, 3)).astype(np.float32)
    f = OneEuro()
    filtered = np.stack([f(x, t) for x, t in zip(still, times, strict=True)])
    assert filtered[30:].std() < 0.6 * still[30:].std()
    f.reset()
    moving = (1000 * times)[:, None].astype(np.float32)
    followed = np.stack([f(x, t) for x, t in zip(moving, times, strict=True)])
    lag_s = (moving[-1, 0] - followed[-1, 0]) / 1000
    assert 0 <= lag_s < 0.015


@pytest.mark.parametrize("second", [1.0, 0.5])
def test_time_that_does_not_advance_restarts(second):
    f = OneEuro()
    f(np.zeros(3, np.float32), 1.0)
    np.testing.assert_array_equal(f(np.full(3, 7, np.float32), second), 7)
