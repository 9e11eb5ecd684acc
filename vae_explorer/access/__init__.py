"""Who may do what where many people use one server: modes, limits, owners of runs."""
