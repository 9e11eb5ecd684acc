"""Train: choose settings, start processes, watch latent spaces form."""
