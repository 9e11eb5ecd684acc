"""Encoder and decoder in the graphs of a model: which values they take and give."""
