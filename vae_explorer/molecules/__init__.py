"""Molecules as strings of tokens: their files, their chemistry, and figures of lists of them."""
