"""A picture somebody made of a digit -> what a model of MNIST's digits sees."""
