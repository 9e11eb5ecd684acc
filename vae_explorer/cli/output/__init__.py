"""What commands print: progress, and text that any terminal or file can take."""
