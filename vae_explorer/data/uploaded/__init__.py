"""Files that somebody uploads: many pictures at once, and data kept to be trained on."""
