"""Reconstruct: put in your digit."""
