"""ONNX to a C library."""
