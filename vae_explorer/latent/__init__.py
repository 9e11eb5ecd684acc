"""The latent space: its geometry, where data lies in it, ways through it, draws from it."""
