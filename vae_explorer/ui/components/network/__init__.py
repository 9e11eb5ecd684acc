"""Encoder and decoder as the browser runs them."""
