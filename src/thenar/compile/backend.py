"""The compiler as an ONNX backend, so that the standard's own tests drive it: `thenar.compile.backend:Backend`.

A node test gives shapes, axes and scales as inputs of the model; a compiled network needs them while it is compiled.
Such inputs are found from the operators' tables (`Operator.static`), and the network is compiled when the first values
for them arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx.backend.base import Backend as OnnxBackend
from onnx.backend.base import BackendRep

from thenar.compile import translate
from thenar.compile.graph import Array
from thenar.compile.native import Native
from thenar.compile.ops import FOLDED, OPERATORS
from thenar.compile.targets import Target


def static_inputs(model: onnx.ModelProto) -> set[str]:
    """Inputs of the model whose values the compiler has to know, directly or through nodes that it folds."""
    needed: set[str] = set()
    for node in reversed(model.graph.node):
        if node.op_type in ("Shape", "Size"):  # a tensor's shape is known without its values
            continue
        operator = OPERATORS.get(node.op_type)
        folded = node.op_type in FOLDED
        for index, name in enumerate(node.input):
            if folded or needed.intersection(node.output) or (operator is not None and index in operator.static):
                needed.add(name)
    return needed & {value.name for value in model.graph.input}


class Rep(BackendRep):  # type: ignore[misc]
    """A model, compiled for each set of values that its static inputs take."""

    def __init__(self, model: onnx.ModelProto, target: str | Target) -> None:
        self._model = model
        self._target = target
        initialized = {tensor.name for tensor in model.graph.initializer}
        self._inputs = [value.name for value in model.graph.input if value.name not in initialized]
        self._static = static_inputs(model) - initialized
        self._compiled: dict[tuple[bytes, ...], Native] = {}
        if not self._static:
            self._native({})

    def _native(self, constants: dict[str, Array]) -> Native:
        key = tuple(value.tobytes() for value in constants.values())
        if key not in self._compiled:
            library = translate(self._model, self._target, name="model", constants=constants)
            self._compiled[key] = library.native()
        return self._compiled[key]

    def run(self, inputs: Sequence[Array] | dict[str, Array], **_: Any) -> tuple[Array, ...]:
        """Outputs in the model's order."""
        feeds = inputs if isinstance(inputs, dict) else dict(zip(self._inputs, inputs, strict=False))
        feeds = {name: np.asarray(value) for name, value in feeds.items()}
        native = self._native({name: feeds[name] for name in self._inputs if name in self._static and name in feeds})
        results = native.run({tensor.name: feeds[tensor.name] for tensor in native.inputs})
        return tuple(results[value.name] for value in self._model.graph.output)


class Backend(OnnxBackend):  # type: ignore[misc]
    """Device CPU."""

    target: str | Target = "c99"

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **_: Any) -> Rep:
        """The model, ready to run."""
        return Rep(model, cls.target)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Only CPU."""
        return device == "CPU"
