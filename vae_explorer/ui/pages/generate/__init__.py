"""Generate: new pictures from the prior, of a class, in a style."""
