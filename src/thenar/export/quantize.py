"""Post-training quantization: a float ONNX model and some inputs become one int8 QDQ ONNX model."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from thenar import telemetry
from thenar.errors import MissingExtra, ThenarError
from thenar.export.compact import compact
from thenar.export.integers import integer_biases, integer_weights
from thenar.export.onnx import OLDEST_OPSET, finish
from thenar.export.qdq import (
    check_weights,
    drop_unused,
    drop_zero_points,
    float_nodes,
    float_residuals,
)
from thenar.export.sessions import every_tensor_kept
from thenar.export.weight_bits import BITS, four_bits

Feed = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class QuantizeOptions:
    """How to quantize; the defaults suit a convolutional network that ends in a float decoding.

    samples: inputs to calibrate on, at most. first_layer: quantize the convolution that reads the input.
    float_nodes: names of nodes to leave float; None means all from which no convolution follows.
    reduce_range: 7-bit weights, for x86 CPUs without AVX512-VNNI or AVX-VNNI, whose int8 multiply-add saturates at
    16 bits. residual: "int8" keeps every convolution in int8 in every runtime; "float" adds residuals before rounding,
    which OpenVINO does anyway, so that runtimes agree far more closely, but ONNX Runtime then computes the
    convolutions that end in an addition in float, which is slower. bias_correction: "full" measures what each
    layer's rounding shifts on the quantized model itself, "fast" on the float one.
    ranges: 8 bits span the mean over inputs of each activation's extremes, or the widest of all: nothing is clipped,
    in coarser steps. compact: short names inside the file, and nothing in it that a runtime can compute as it loads.
    weight_bits: 4 halves what large weights take in the file; convolutions stay in int8, but a network that wasn't
    trained for it (`thenar train --weight-bits 4`) loses accuracy.
    """

    samples: int = 300
    first_layer: bool = True
    float_nodes: tuple[str, ...] | None = None
    reduce_range: bool = False
    residual: Literal["int8", "float"] = "int8"
    bias_correction: Literal["fast", "full"] = "full"
    ranges: Literal["mean", "widest"] = "mean"
    compact: bool = False
    weight_bits: Literal[4, 8] = 8


def quantize(model: bytes, calibration: Iterable[Feed], options: QuantizeOptions | None = None) -> bytes:
    """The serialized ONNX `model` with int8 weights per output channel and 8-bit activations, as serialized QDQ ONNX.

    calibration: inputs by name, each of the model's shape; the ranges of activations are taken from them. Weights and
    biases are stored as int8 and int32; what follows the last convolutions stays float. The same model, calibration and
    options give the same bytes.

    Raises:
        ThenarError: not an ONNX model, an opset under 17, no calibration input, or one of a wrong name, shape or value.
        MissingExtra: NNCF or ONNX is not installed.
    """
    options = options or QuantizeOptions()
    onnx, nncf = _libraries()
    try:
        source = onnx.load_from_string(model)
    except Exception as error:
        raise ThenarError("not an ONNX model", fix="export one with `thenar export`") from error
    _check_opset(source)
    feeds = _checked(calibration, source, options.samples)
    ignored = set(float_nodes(source) if options.float_nodes is None else options.float_nodes)
    if not options.first_layer:
        read = {value.name for value in source.graph.input}
        ignored.update(node.name for node in source.graph.node if node.op_type == "Conv" and node.input[0] in read)
    quantized = _run_nncf(nncf, source, feeds, sorted(ignored), options)
    drop_zero_points(quantized)
    integer_weights(quantized)
    if options.weight_bits == BITS:
        quantized = four_bits(quantized)
    integer_biases(quantized, multiply=options.compact)
    if options.residual == "float":
        float_residuals(quantized)
    drop_unused(quantized)
    check_weights(quantized)
    if options.compact:
        compact(quantized)
    return finish(
        quantized,
        {
            "thenar.quantized": f"int8, {len(feeds)} samples, residual {options.residual}"
            + (f", weights of {BITS} bits" if options.weight_bits == BITS else ""),
            "thenar.float32_sha256": hashlib.sha256(model).hexdigest(),
        },
    )


def _libraries() -> tuple[Any, Any]:
    telemetry.switch_off()
    try:
        import nncf
        import onnx
    except ImportError as error:
        raise MissingExtra(error.name or "nncf", "train") from error
    return onnx, nncf


def _run_nncf(nncf: Any, source: Any, feeds: list[Feed], ignored: list[str], options: QuantizeOptions) -> Any:
    import logging

    from nncf.quantization.advanced_parameters import (
        AdvancedQuantizationParameters,
        OverflowFix,
        QuantizationParameters,
    )
    from nncf.quantization.range_estimator import RangeEstimatorParameters, RangeEstimatorParametersSet

    nncf.set_log_level(logging.ERROR)
    advanced = AdvancedQuantizationParameters(
        overflow_fix=OverflowFix.ENABLE if options.reduce_range else OverflowFix.DISABLE,
        # NNCF would give each channel that a depthwise convolution reads its own scale, and only OpenVINO computes that
        # in integers.
        activations_quantization_params=QuantizationParameters(per_channel=False),
        activations_range_estimator_params=(
            RangeEstimatorParametersSet.MINMAX if options.ranges == "widest" else RangeEstimatorParameters()
        ),
    )
    with every_tensor_kept(), contextlib.redirect_stdout(io.StringIO()):  # its progress bars
        try:
            return nncf.quantize(
                source,
                nncf.Dataset(feeds),
                subset_size=len(feeds),
                fast_bias_correction=options.bias_correction == "fast",
                ignored_scope=nncf.IgnoredScope(names=ignored, validate=False),
                advanced_parameters=advanced,
            )
        except Exception as error:
            line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ThenarError(f"cannot quantize: {line}") from error


def _check_opset(source: Any) -> None:
    opset = max((entry.version for entry in source.opset_import if entry.domain in ("", "ai.onnx")), default=0)
    if opset < OLDEST_OPSET or not source.graph.node:
        raise ThenarError(f"ONNX opset {opset} is too old", fix=f"export with opset {OLDEST_OPSET} or newer")


def _checked(calibration: Iterable[Feed], source: Any, samples: int) -> list[Feed]:
    """At most `samples` feeds, each with exactly the model's inputs, as float32 of its shapes, without NaN."""
    constants = {initializer.name for initializer in source.graph.initializer}
    shapes = {
        value.name: tuple(dimension.dim_value for dimension in value.type.tensor_type.shape.dim)
        for value in source.graph.input
        if value.name not in constants
    }
    feeds: list[Feed] = []
    for feed in islice(calibration, samples):
        found = {name: tuple(array.shape) for name, array in feed.items()}
        if found != shapes:
            raise ThenarError(f"calibration input {len(feeds)} is {found}", fix=f"give {shapes}")
        if not all(np.isfinite(array).all() for array in feed.values()):
            raise ThenarError(f"calibration input {len(feeds)} has NaN or infinite values", fix="remove it")
        feeds.append({name: np.ascontiguousarray(array, np.float32) for name, array in feed.items()})
    if not feeds:
        raise ThenarError("no calibration input", fix="give a few hundred inputs like those met in use")
    return feeds
