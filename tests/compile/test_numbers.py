"""Numbers that don't fit their type: what C and the standard leave open has one answer, folded or run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper
from strict import STRICT, STRICT_X86_64

from thenar.compile import translate
from thenar.compile.evaluate import saturated
from thenar.compile.targets import Target

pytestmark = pytest.mark.native

INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
HUGE = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**31, 2.0**63, -(2.0**63), 300.7, -300.7, -0.5], np.float32)
TARGETS = pytest.mark.parametrize(
    "target", [STRICT, *([STRICT_X86_64] if STRICT_X86_64.runs_here() else [])], ids=lambda target: target.name
)


def run(
    nodes: list[Any], feeds: dict[str, np.ndarray], outputs: dict[str, str], target: Target, **constants: Any
) -> Any:
    def kind(name: str) -> int:
        return helper.np_dtype_to_tensor_dtype(np.dtype(name))

    graph = helper.make_graph(
        nodes,
        "numbers",
        [helper.make_tensor_value_info(name, kind(value.dtype.name), value.shape) for name, value in feeds.items()],
        [helper.make_tensor_value_info(name, kind(dtype), None) for name, dtype in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return translate(model, target).native().run(feeds)


@TARGETS
def test_floats_become_the_nearest_integer_that_fits(target: Target) -> None:
    casts, folded = [], []
    for name in INTEGERS:
        to = helper.np_dtype_to_tensor_dtype(np.dtype(name))
        casts.append(helper.make_node("Cast", ["x"], [name], to=to))
        folded.append(helper.make_node("Cast", ["c"], [f"folded_{name}"], to=to))
    names = {name: name for name in INTEGERS} | {f"folded_{name}": name for name in INTEGERS}
    got = run([*casts, *folded], {"x": HUGE}, names, target, c=HUGE[1:])
    for name in INTEGERS:
        np.testing.assert_array_equal(got[name], saturated(HUGE, np.dtype(name)))
        np.testing.assert_array_equal(got[f"folded_{name}"], got[name][1:])  # weights hold no NaN


def test_saturated_is_what_its_text_says() -> None:
    np.testing.assert_array_equal(
        saturated(HUGE, np.dtype("int8")), [0, 127, -128, 127, -128, 127, 127, -128, 127, -128, 0]
    )
    np.testing.assert_array_equal(saturated(HUGE[:8], np.dtype("int64"))[[0, 1, 5, 7]], [0, 2**63 - 1, 2**31, -(2**63)])
    np.testing.assert_array_equal(saturated(HUGE, np.dtype("uint16"))[[1, 2, 8, 9]], [2**16 - 1, 0, 300, 0])


@TARGETS
@pytest.mark.parametrize("kind", ["int32", "int64"])
def test_powers_of_integers_are_exact_and_wrap_around(kind: str, target: Target) -> None:
    base = np.array([3, -3, 2, 7, 10, 1, -1, -1, 5, 0, 0, -2], kind)
    exponent = np.array([20, 19, 63, 40, 18, -4, -3, -2, -1, 0, -1, 31], kind)
    node = helper.make_node("Pow", ["x", "e"], ["y"])
    got = run([node], {"x": base, "e": exponent}, {"y": kind}, target)["y"]
    bits = 8 * np.dtype(kind).itemsize
    exact = [pow(int(b), int(e)) if e >= 0 else 1 if b == 1 or (b, e) == (-1, -2) else -1 if b == -1 else 0
             for b, e in zip(base, exponent, strict=True)]  # fmt: skip
    wrapped = [(value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1) for value in exact]
    np.testing.assert_array_equal(got, wrapped)


@TARGETS
@pytest.mark.parametrize("kind", ["int32", "int64"])
def test_powers_with_a_fraction_are_cut_and_never_leave_the_type(kind: str, target: Target) -> None:
    base, exponent = np.array([2, 10, -10, -2, 9, 0], kind), np.array([0.5, 30, 31, 0.5, 1.5, -1], np.float32)
    got = run([helper.make_node("Pow", ["x", "e"], ["y"])], {"x": base, "e": exponent}, {"y": kind}, target)["y"]
    limits = np.iinfo(kind)
    np.testing.assert_array_equal(got, [1, limits.max, limits.min, 0, 27, limits.max])
