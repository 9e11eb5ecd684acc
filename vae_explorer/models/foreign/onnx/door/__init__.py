"""Untrusted ONNX files as checked graphs whose every shape is known and bounded."""
