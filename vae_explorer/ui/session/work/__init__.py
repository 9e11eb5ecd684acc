"""What sessions have done once for all: results that are kept, and processes for heavy work."""
