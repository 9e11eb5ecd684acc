"""Codes alone: a latent space that somebody brings without the network that made it."""
