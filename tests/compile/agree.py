"""Do two runs of a network agree, and what does another runtime make of it?"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx

_STEPS = 2
"""Steps by which results may differ in a quantized network, which runtimes round in different places."""


_UNFIT = {"int32": -(2**31), "int64": -(2**63)}
"""What x86 makes of a float that doesn't fit."""


def feeds_of(inputs: Sequence[Any], seed: int) -> dict[str, np.ndarray]:
    """Random values: normal floats, bytes of all sizes, small integers, which may be indices."""
    feeds = {}
    for tensor in inputs:
        rng = np.random.default_rng([seed, zlib.crc32(tensor.name.encode())])
        if tensor.dtype.kind == "f":
            value = rng.standard_normal(tensor.shape)
        elif tensor.dtype.kind == "b":
            value = rng.integers(0, 2, tensor.shape)
        else:
            low, high = (np.iinfo(tensor.dtype).min, 128) if tensor.dtype.itemsize == 1 else (0, 3)
            value = rng.integers(low, high, tensor.shape)
        feeds[tensor.name] = np.asarray(value).astype(tensor.dtype)
    return feeds


def oracle(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray] | None:
    """Output name -> array by ONNX Runtime and by the reference evaluator, or by the one that takes the model.

    None where neither does, or where they differ: then the standard leaves the answer open.
    """
    names = [value.name for value in model.graph.output]
    answers: list[dict[str, np.ndarray]] = []
    for evaluate in (_runtime, _reference):
        with np.errstate(all="ignore"), contextlib.suppress(Exception):  # a mutant that one refuses may suit the other
            values = evaluate(model, feeds)
            answers.append({name: np.asarray(value) for name, value in zip(names, values, strict=True)})
    if not answers or (len(answers) == 2 and agree(answers[0], answers[1], model) is not None):
        return None
    return answers[0]


def _runtime(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, dict(feeds))


def _reference(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray]) -> Any:
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(model).run(None, dict(feeds))


def agree(want: Mapping[str, np.ndarray], got: Mapping[str, np.ndarray], model: onnx.ModelProto) -> str | None:
    """None where they do, else how they differ."""
    quantized = any("Quantize" in node.op_type or "QLinear" in node.op_type for node in model.graph.node)
    for name, one in want.items():
        other = got[name]
        if one.shape != other.shape or one.dtype != other.dtype:
            return f"{name!r}: {one.shape} {one.dtype} and {other.shape} {other.dtype}"
        if one.size == 0 or np.array_equal(one, other):
            continue
        if one.dtype.kind != "f":
            fits = one != _UNFIT.get(one.dtype.name)
            difference = np.where(fits, np.abs(one.astype(np.int64) - other.astype(np.int64)), 0)
            if difference.any() and (not quantized or np.median(difference) > _STEPS):
                return f"{name!r}: integers differ by up to {difference.max()}"
            continue
        finite = np.isfinite(one) & np.isfinite(other)
        if quantized:
            if finite.mean() < np.isfinite(one).mean() - 0.1:
                return f"{name!r}: not finite"
            continue
        largest = float(np.abs(one[np.isfinite(one)]).max(initial=0.0))
        kept = ~np.isnan(one)  # activations and pools need not pass NaN on
        if not np.allclose(one[kept], other[kept], rtol=1e-3, atol=1e-4 * largest + 1e-6):
            return f"{name!r}: {one[~finite][:3]} / {other[~finite][:3]}, largest difference {_largest(one, other)}"
    return None


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.nanmax(np.abs(one.astype(np.float64) - other)))
