"""Data that models are trained and read on, as visitors choose it."""
