"""What is known exactly of models of few coordinates: lattices, beliefs and poses, kept for all."""
