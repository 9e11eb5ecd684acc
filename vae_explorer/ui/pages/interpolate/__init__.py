"""Interpolate: walk between any two things in the latent space."""
