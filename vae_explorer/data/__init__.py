"""Data sets and their readers, the door for picture files, and pictures changed on purpose."""
