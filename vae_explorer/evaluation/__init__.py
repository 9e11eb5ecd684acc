"""How good models are: scores with their protocols, anomalies, models side by side."""
