"""Weights of four bits in an int8 graph: half the file, the same integer convolutions.

ONNX stores them two a byte; a Cast makes them int8 when the model is loaded, so that a runtime computes what it would
have computed from int8 weights. Dequantized from four bits directly they'd be computed in float.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thenar.export.constants import fold_constants

OPSET = 21
"""The first in which Cast reads four bits."""
IR_VERSION = 10
BITS = 4
_DENSE = ("Conv", "Gemm")


@dataclass(frozen=True)
class _Weight:
    """An int8 weight and what it is rounded to. source: its DequantizeLinear. lost: at most, in its own int8 steps."""

    source: Any
    steps: NDArray[np.int8]
    scales: NDArray[np.float32]
    lost: float

    @property
    def trained(self) -> bool:
        """Whether training has put it on a grid of four bits: rounding to int8 alone moves it by half a step."""
        return self.lost < 1


def four_bits(model: Any) -> Any:
    """`model` with large int8 weights of its convolutions and Gemms in four bits.

    Those that were trained for it, which lose nothing; if none was, all, each output with the scale at which rounding
    loses least.
    """
    from onnx import helper, numpy_helper, version_converter

    model = version_converter.convert_version(model, OPSET)
    model.ir_version = max(model.ir_version, IR_VERSION)
    fold_constants(model)
    graph = model.graph
    values = {initializer.name: initializer for initializer in graph.initializer}
    weights = list(_large(graph, values))
    trained = [weight for weight in weights if weight.trained]
    for weight in trained or weights:
        name, scale = weight.source.input[:2]
        graph.initializer.remove(values[name])
        graph.initializer.append(_packed(helper, f"{name}.4bit", weight.steps))
        values[scale].CopyFrom(numpy_helper.from_array(weight.scales, scale))
        cast = helper.make_node("Cast", [f"{name}.4bit"], [name], name=f"{name}.cast", to=3)
        graph.node.insert(list(graph.node).index(weight.source), cast)
    return model


def _large(graph: Any, values: dict[str, Any]) -> Iterator[_Weight]:
    from onnx import numpy_helper

    from thenar.grid import LARGE, round_rows

    producer = {name: node for node in graph.node for name in node.output}
    for node in [node for node in graph.node if node.op_type in _DENSE]:
        source = producer.get(node.input[1])
        if source is None or source.op_type != "DequantizeLinear" or source.input[0] not in values:
            continue
        stored = numpy_helper.to_array(values[source.input[0]])
        if stored.dtype != np.int8 or stored.size < LARGE or len(source.input) != 2:
            continue
        axis = next((attribute.i for attribute in source.attribute if attribute.name == "axis"), 1)
        first = np.moveaxis(stored, axis, 0)
        rows = first.reshape(len(first), -1).astype(np.float32)
        steps, scales = round_rows(rows, BITS)
        lost = float(np.abs(steps * scales[:, None] - rows).max())
        whole = np.broadcast_to(numpy_helper.to_array(values[source.input[1]]), scales.shape)
        yield _Weight(source, np.moveaxis(steps.reshape(first.shape), 0, axis), scales * whole, lost)


def _packed(helper: Any, name: str, steps: NDArray[np.int8]) -> Any:
    """An INT4 tensor of `steps`: two a byte, the first in the low half."""
    from onnx import TensorProto

    half = np.ascontiguousarray(steps).ravel().view(np.uint8) & 15
    half = np.append(half, np.zeros(half.size % 2, np.uint8))
    return helper.make_tensor(name, TensorProto.INT4, steps.shape, (half[0::2] | half[1::2] << 4).tobytes(), raw=True)
