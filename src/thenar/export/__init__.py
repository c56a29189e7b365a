"""PyTorch to ONNX to int8."""
