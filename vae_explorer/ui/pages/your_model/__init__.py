"""Your model: one that another program trained, opened, measured, explored."""
