"""Quantized layers on x86-64 give the reference's answer bit for bit, at every level of instructions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from layers import KINDS, Layer, Model, layers, model_of

from thenar.compile import translate
from thenar.compile.targets import C99, REFERENCE, X86, Target

pytestmark = pytest.mark.native

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror")
LEVELS = {"portable": 0, "avx2": 1, "avx-vnni": 2, "avx512": 3, "amx": 4}
PLAIN = Target("c99", ("-O1",), (REFERENCE,))


SETTINGS = settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def at_level(level: int) -> Target:
    """Target x86-64, quick to compile, without the levels above `level`; a CPU that has less uses less."""
    flags = ("-O1", f"-DTHENAR_LEVEL_MAX={level}", *WARNINGS)
    return Target("x86-64", flags, (X86,))


def random_feeds(inputs: Any) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    limits = {tensor.name: np.iinfo(tensor.dtype) for tensor in inputs}
    return {t.name: rng.integers(limits[t.name].min, limits[t.name].max + 1, t.shape).astype(t.dtype) for t in inputs}


def assert_identical(model: Any, level: int) -> None:
    want, got = (
        translate(model, PLAIN, name="want").native(),
        translate(model, at_level(level), name="got").native(),
    )
    feeds = random_feeds(want.inputs)
    results = got.run(feeds)
    for name, value in want.run(feeds).items():
        np.testing.assert_array_equal(results[name], value, err_msg=name)


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
@settings(
    max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(st.lists(layers(), min_size=10, max_size=10))
def test_random_layers(level: int, given: list[Layer]) -> None:
    model = model_of(*given)
    served = [call for call in translate(model, at_level(level)).program.calls if call.header.startswith("x86_64/q")]
    assert len(served) >= len(given)
    assert_identical(model, level)


@pytest.mark.parametrize("level", [0, 4], ids=["portable", "fastest"])
def test_the_border_of_a_transposed_convolution_s_result_holds_its_zero_point(level: int) -> None:
    model = Model()
    rng = np.random.default_rng(0)

    def weights(*shape: int) -> str:
        w = model.constant(rng.integers(-128, 128, shape), np.int8)
        return model.op("DequantizeLinear", w, model.constant(0.01, np.float32), model.constant(0, np.int8))

    x = model.image([1, 16, 6, 6], "uint8", 7)
    up = model.op("ConvTranspose", x, weights(16, 24, 4, 4), strides=[2, 2], pads=[1] * 4)
    read = model.op("Conv", model.requantize(up, 0.3, "uint8", 50), weights(32, 24, 3, 3), pads=[1] * 4)
    model.output(model.quantize(read, 2.0, "uint8", 60), KINDS["uint8"])
    assert_identical(model.build(), level)


@pytest.mark.parametrize(("size", "channels"), [((9, 37), (32, 84)), ((3, 16), (300, 20)), ((20, 20), (7, 16))])
def test_maps_in_float32_of_every_pixel_alone(size: tuple[int, int], channels: tuple[int, int]) -> None:
    layer = Layer(size, channels, (1, 1), (1, 1), (1, 1), (0, 0, 0, 0), ("uint8", "uint8"), (9, 0), "float", 1)
    assert_identical(model_of(layer), LEVELS["avx512"])


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
def test_sums_in_float32_stay_in_the_convolution(level: int) -> None:
    plain = Layer((8, 12), (16, 24), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), ("uint8", "uint8"), (0, 7), "sum", 1)
    given = [plain, replace(plain, then="sum half", seed=2), replace(plain, types=("int8", "int8"), seed=4)]
    model = model_of(*given)
    headers = [call.header for call in translate(model, at_level(level)).program.calls]
    assert sum("qconv" in header for header in headers) == len(given)
    assert "quantize" not in headers
    assert_identical(model, level)


def test_a_sum_that_float32_cannot_hold_is_left_to_the_reference() -> None:
    layer = Layer((4, 4), (32, 16), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), ("uint8", "uint8"), (0, 0), "", 0)
    kernels = [call.header for call in translate(model_of(layer), C99).program.calls]
    assert kernels == ["qconv"]
