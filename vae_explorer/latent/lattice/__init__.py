"""Points of the prior and of fitted Gaussians, decoded, with the weights that make a posterior."""
