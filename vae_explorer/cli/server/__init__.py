"""Commands about the server: the app itself, and whether an installation is whole."""
