"""How a model made elsewhere is read: tried on pictures, and said on a card."""
