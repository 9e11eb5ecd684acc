"""Files of weights alone: from their bytes to a model whose reading has been measured."""
