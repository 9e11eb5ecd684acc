"""Points of the prior and of fitted Gaussians, with the weights that make them a posterior."""
