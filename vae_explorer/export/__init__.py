"""Models and pictures as files that other programs read."""
