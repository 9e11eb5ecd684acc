"""Variational autoencoders: as networks, as files, and what a frozen one says."""
