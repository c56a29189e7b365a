"""Quantized layers on the matrix unit give the reference's answer bit for bit, in every kind of block."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layers import Layer, layers, model_of
from test_qconv import PLAIN, SETTINGS, at_level, random_feeds

from thenar.compile import translate
from thenar.compile.clones import cloned
from thenar.compile.graph import Tensor
from thenar.compile.program import Call, Field
from thenar.compile.targets import X86, Target, _cpu_features
from thenar.compile.x86_64.amx import ALLOWED, Blocks, candidates, fastest, with_amx

pytestmark = pytest.mark.native

AMX_LEVEL = 4
ARCH_PRCTL, REQUEST_STATE, TILE_DATA = 158, 0x1023, 18


def need_amx() -> None:
    for feature in ("amx_tile", "amx_int8"):
        if feature not in _cpu_features():
            pytest.skip(f"needs a CPU with {feature}")
    if platform.system() != "Linux" or ctypes.CDLL(None).syscall(ARCH_PRCTL, REQUEST_STATE, TILE_DATA):
        pytest.skip("needs the kernel's permission to use amx_tile")


def always(turn: int) -> Target:
    """Target x86-64 with AMX wherever it can be used at all; `turn` goes through the kinds of blocks."""

    def choose(fields: Mapping[str, Field]) -> Blocks | None:
        found = list(candidates(fields))
        return found[turn % len(found)] if found else None

    def finish(calls: tuple[Call, ...], tensors: dict[str, Tensor]) -> tuple[Call, ...]:
        return with_amx(cloned("x86_64", calls, tensors), tensors, choose)

    return replace(at_level(AMX_LEVEL), variants=(replace(X86, finish=finish),))


def assert_identical(model: object, target: Target) -> None:
    library, reference = translate(model, target, name="got"), translate(model, PLAIN, name="want").native()
    assert any(call.header == "x86_64/qconv_amx" for call in library.program.calls)
    feeds = random_feeds(reference.inputs)
    results = library.native().run(feeds)
    for name, value in reference.run(feeds).items():
        np.testing.assert_array_equal(results[name], value, err_msg=name)


@pytest.mark.parametrize("turn", [-1, -2, -3, -4])
@SETTINGS
@given(st.lists(layers(), min_size=10, max_size=10))
def test_random_layers(turn: int, given: list[Layer]) -> None:
    need_amx()
    assert_identical(model_of(*given), always(turn))


WIDE = Layer((20, 37), (48, 80), (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), ("uint8", "uint8"), (0, 0), "add", 1)


@pytest.mark.parametrize(
    "layer",
    [
        WIDE,
        replace(WIDE, stride=(2, 2), then="", channels=(32, 16)),
        replace(WIDE, size=(8, 8), channels=(96, 96)),
        replace(WIDE, size=(16, 16), kernel=(1, 1), pads=(0, 0, 0, 0), channels=(64, 32), then=""),
        replace(WIDE, size=(12, 24), then="sum half"),
        replace(WIDE, dilation=(2, 2), pads=(2, 2, 2, 2), zeros=(3, 100), channels=(64, 32)),
    ],
    ids=["overlapping tiles", "stride", "small map", "pointwise", "sum", "dilation"],
)
def test_layers_that_it_is_chosen_for(layer: Layer) -> None:
    need_amx()
    assert_identical(model_of(layer), at_level(AMX_LEVEL))


def fields(rows: int, columns: int, channels: int, out: int) -> dict[str, Field]:
    """A 3x3 convolution's, as far as the cost model reads them."""
    return {
        "x": (rows, columns, channels, 1, 1, 1, 1), "rows": rows, "columns": columns, "out_channels": out, "runs": 1,
        "steps": 3 * channels // 4, "kernel_rows": 3, "stride": (1, 1), "tile_rows": 1, "tile_columns": min(columns, 8),
        "vectors": 2,
    }  # fmt: skip


def test_blocks_use_whole_tiles_where_sizes_allow() -> None:
    assert fastest(fields(64, 64, 64, 64)) == Blocks(16, 64, 2, 2)
    assert fastest(fields(32, 32, 16, 16)) == Blocks(16, 48, 2, 1)


def test_small_layers_are_left_to_vectors() -> None:
    assert fastest(fields(4, 4, 4, 16)) is None
    assert fastest(fields(1, 1, 16, 16)) is None


def test_permission_is_asked_for_once_and_only_where_it_is_used() -> None:
    large = translate(model_of(WIDE, replace(WIDE, seed=2)), at_level(AMX_LEVEL)).program
    assert [call.kernel for call in large.calls].count("amx_permission") == 1
    assert [call.reads[-1:] for call in large.calls].count((ALLOWED,)) == 2
    small = translate(model_of(replace(WIDE, size=(1, 1), channels=(4, 5))), at_level(AMX_LEVEL)).program
    assert ALLOWED not in small.tensors
