"""The app: the only folder that imports streamlit. Pages ask, the core answers."""
