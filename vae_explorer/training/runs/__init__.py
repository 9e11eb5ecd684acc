"""Run folders: what a training process writes and everybody else reads."""
