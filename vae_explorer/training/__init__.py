"""Training: objectives, the engine, and the run folders that it fills."""
