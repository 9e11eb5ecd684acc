"""Models that other programs have written, read as checkpoints: a module for each kind."""
