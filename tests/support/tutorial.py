"""What the tutorial author has written himself, for tests of what must fit it."""

from torch import nn


class VariationalAutoencoder(nn.Module):
    """The module of the tutorial, word for word."""

    def __init__(self, input_dim=784, hidden_dim=392, latent_dim=3):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim),
            nn.LeakyReLU(0.3),
            nn.Linear(hidden_dim, hidden_dim),
            nn.LeakyReLU(0.3),
        )
        self.mean_layer = nn.Linear(hidden_dim, latent_dim)
        self.log_variance_layer = nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.LeakyReLU(0.3),
            nn.Linear(hidden_dim, hidden_dim),
            nn.LeakyReLU(0.3),
            nn.Linear(hidden_dim, input_dim),
            nn.Sigmoid(),
        )

    def encode(self, x):
        hidden = self.encoder(x.view(-1, 784))
        return self.mean_layer(hidden), self.log_variance_layer(hidden)

    def decode(self, z):
        return self.decoder(z)
