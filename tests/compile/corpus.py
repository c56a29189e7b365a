"""Valid models to mutate: small networks, and the standard's own node tests with shapes and axes as constants."""

from __future__ import annotations

import contextlib
import functools
import warnings
from pathlib import Path

import onnx
from networks import quantized, student
from onnx import numpy_helper

from thenar.compile.backend import static_inputs
from thenar.compile.claims import refusal

_MOST_BYTES = 20_000

WEIGHTED = {"Conv", "ConvTranspose", "Gemm", "MatMul", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"}


def corpus() -> list[bytes]:
    """The models' files, networks as often as node tests."""
    networks = [student(size=16, channels=2).SerializeToString()]
    with contextlib.suppress(ImportError):
        for kind in ("uint8", "int8"):
            model = quantized(student(size=16, channels=2), shape=(1, 1, 16, 16), activations=kind)
            networks.append(model.SerializeToString())
    tests = node_tests()
    return [*networks * (len(tests) // len(networks) // 2), *tests]


def representatives() -> list[bytes]:
    """One node test for each set of operators that a test is made of."""
    found: dict[frozenset[str], bytes] = {}
    for data in node_tests():
        nodes = onnx.load_model_from_string(data).graph.node
        found.setdefault(frozenset(node.op_type for node in nodes), data)
    return [*found.values()]


@functools.cache
def node_tests(weights_known: bool = False) -> tuple[bytes, ...]:
    """The claimed node tests whose inputs with static values are known.

    With `weights_known`, the tests of layers with weights, and these are constants, as all inputs but the first.
    """
    from onnx.backend.test.loader import load_model_tests

    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = load_model_tests(kind="node")
    for case in cases:
        model = case.model if case.model is not None else onnx.load(Path(case.model_dir) / "model.onnx")
        if refusal(model) is not None:
            continue
        static = static_inputs(model)
        if weights_known:
            if not any(node.op_type in WEIGHTED for node in model.graph.node):
                continue
            static |= {value.name for value in model.graph.input[1:]}
        if static:
            model = onnx.load_model_from_string(model.SerializeToString())  # the loader hands every caller the same one
            if case.data_sets is None:
                continue
            arrays = dict(zip((value.name for value in model.graph.input), case.data_sets[0][0], strict=False))
            if not all(hasattr(arrays.get(name), "dtype") for name in static):
                continue
            kept = [value for value in model.graph.input if value.name not in static]
            del model.graph.input[:]
            model.graph.input.extend(kept)
            model.graph.initializer.extend(numpy_helper.from_array(arrays[name], name) for name in sorted(static))
        data = model.SerializeToString()
        if len(data) <= _MOST_BYTES:
            found.append(data)
    return tuple(found)
