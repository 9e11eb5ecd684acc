"""Compare: models beside each other."""
