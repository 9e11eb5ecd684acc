"""The latent space: its geometry, where data lies in it, paths through it, samples from it."""
