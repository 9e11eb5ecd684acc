"""Graphs of known operators as plain operations with weights."""
