"""The forms in which people bring data, a reader for each, and one door: `door.read_form`."""
