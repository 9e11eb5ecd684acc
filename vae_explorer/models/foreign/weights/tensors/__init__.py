"""Untrusted bytes of PyTorch and safetensors as plain named tensors."""
