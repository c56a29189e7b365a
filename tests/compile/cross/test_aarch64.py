"""Layers on 64-bit ARM, at every level of instructions: quantized ones give the reference's answer bit for bit, float32
ones agree to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from aarch64 import LEVELS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layers import Layer, layers, model_of
from machines import Machine
from strict import WARNINGS
from test_conv import float_model
from test_qconv import PLAIN, random_feeds

from thenar.compile import Library, translate
from thenar.compile.targets import ARM, Target

pytestmark = [pytest.mark.native, pytest.mark.cross]

STRICT = Target("aarch64", ("-O1", *WARNINGS), (ARM,))
SETTINGS = settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
BATCH = 16


def served(library: Library) -> int:
    """How many calls go to the target's own kernels."""
    return sum(call.header.startswith("aarch64/") for call in library.program.calls)


@pytest.mark.parametrize("machine", LEVELS, ids=lambda machine: machine.name)
@SETTINGS
@given(st.lists(layers(), min_size=BATCH, max_size=BATCH))
def test_random_quantized_layers(machine: Machine, given: list[Layer]) -> None:
    model = model_of(*given)
    library = translate(model, STRICT, name="layers")
    assert served(library) >= len(given)
    reference = translate(model, PLAIN, name="want").native()
    feeds = random_feeds(reference.inputs)
    got = machine.run(library, {name: value[np.newaxis] for name, value in feeds.items()})
    for name, want in reference.run(feeds).items():
        np.testing.assert_array_equal(got[name][0], want, err_msg=name)


@pytest.mark.parametrize("machine", LEVELS[:1], ids=lambda machine: machine.name)
@SETTINGS
@given(st.lists(layers(), min_size=BATCH, max_size=BATCH))
def test_random_float_layers(machine: Machine, given: list[Layer]) -> None:
    model = float_model(*given)
    library = translate(model, STRICT, name="layers")
    assert served(library) >= len(given)
    reference, rng = translate(model, PLAIN, name="want").native(), np.random.default_rng(7)
    feeds = {tensor.name: rng.standard_normal(tensor.shape).astype(np.float32) for tensor in reference.inputs}
    got = machine.run(library, {name: value[np.newaxis] for name, value in feeds.items()})
    for name, want in reference.run(feeds).items():
        np.testing.assert_allclose(got[name][0], want, rtol=1e-5, atol=1e-5 * np.abs(want).max(), err_msg=name)
