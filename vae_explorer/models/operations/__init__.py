"""Networks as lists of plain operations: kinds, modules, descriptions, words."""
