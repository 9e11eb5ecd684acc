"""Live Python objects: models that somebody has in memory, by whatever names they answer."""
