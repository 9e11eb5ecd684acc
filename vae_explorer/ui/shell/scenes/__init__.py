"""Scenes: what pages show, kept under names and presented one after the other."""
