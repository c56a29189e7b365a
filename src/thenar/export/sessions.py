"""The ONNX Runtime sessions in which NNCF looks at a network."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

LOSES_OUTPUTS = ("ConvAddActivationFusion",)
"""Optimizers of ONNX Runtime that drop a tensor which is an output of the graph.

Where both terms of an Add come from convolutions, as in a residual block with a projection, this one fuses the Add into
the convolution whose result was asked for, and the session fails: "Failed to find node output" (seen in 1.32). Bias
correction asks for just that.
"""


@contextlib.contextmanager
def every_tensor_kept() -> Iterator[None]:
    """While open, any tensor of a graph may be an output of NNCF's sessions. For one thread at a time."""
    from nncf.onnx import engine

    original = engine.ONNXEngine

    class Unfused(original):  # type: ignore[misc, valid-type]
        def __init__(self, model: Any, **options: Any) -> None:
            super().__init__(model, **options, disabled_optimizers=list(LOSES_OUTPUTS))

    engine.ONNXEngine = Unfused
    try:
        yield
    finally:
        engine.ONNXEngine = original
