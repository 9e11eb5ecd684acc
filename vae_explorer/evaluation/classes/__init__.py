"""How well classes are told apart: of what a model makes, and by its coordinates."""
