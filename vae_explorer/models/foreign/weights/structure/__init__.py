"""What the layers of a file are and how they are connected, by shapes."""
