"""What pages show of a model of molecules: its space by properties, and structures."""
