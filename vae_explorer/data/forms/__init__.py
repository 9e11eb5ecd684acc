"""The forms in which people bring data, a reader for each, and one door: `door.read_form`.

What is read is looked at here as well, to find how it is to be read: `found_reading`.
"""
