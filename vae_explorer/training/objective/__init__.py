"""What a batch costs under an objective, and its gradient."""
