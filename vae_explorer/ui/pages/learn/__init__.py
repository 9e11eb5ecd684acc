"""Learn: lessons on the live widgets, from a table of data."""
