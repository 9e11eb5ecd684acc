"""What lessons show in figures: computed from the model in hand, never typed."""
