"""Scores of models of molecules, what they make of one, and what they find unusual."""
