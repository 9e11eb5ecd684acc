"""Models of molecules: strings of tokens in, strings of tokens out."""
