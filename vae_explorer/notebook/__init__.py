"""The app and its live view around a model that is at hand in Python: in a notebook or a script."""
