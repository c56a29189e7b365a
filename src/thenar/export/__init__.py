"""The road from a trained PyTorch network to a file that CPUs run: module -> float32 ONNX -> int8 QDQ ONNX.

    float32 = to_onnx(module, {"depth": torch.zeros(1, 1, 128, 128)}, ["uvd", "confidence"])
    int8 = quantize(float32, ({"depth": crop} for crop in crops))

Both are bytes of standard ONNX which `thenar.run.open` and other runtimes read. Nothing here knows what the network is
for.
"""

from __future__ import annotations

from thenar.export.onnx import metadata_of, to_onnx
from thenar.export.quantize import QuantizeOptions, quantize

__all__ = ["QuantizeOptions", "metadata_of", "quantize", "to_onnx"]
