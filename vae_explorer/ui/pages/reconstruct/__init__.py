"""Reconstruct: put in a digit of your own."""
