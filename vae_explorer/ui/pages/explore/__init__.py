"""Explore: be somewhere in the latent space and see all that the model says there."""
