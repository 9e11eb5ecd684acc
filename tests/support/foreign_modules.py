"""Small VAEs as people write them elsewhere, trained for seconds on the embedded digits."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal

from vae_explorer.data.datasets import load_dataset, to_unit

WIDTH, LATENT = 128, 5


def digits() -> tuple[Tensor, Tensor]:
    """Training pictures (N, 1, 28, 28) in [0, 1] of the embedded digits, and their classes."""
    train = load_dataset("digits").train
    return to_unit(train.images), train.labels


def trained(module: nn.Module, bound: Callable, epochs: int = 8, seed: int = 0) -> nn.Module:
    """The module after some epochs of Adam on its own loss `bound(module, x, y)`, summed."""
    x, y = digits()
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(module.parameters(), 2e-3)
    for _ in range(epochs):
        for part in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            (bound(module.train(), x[part], y[part]) / len(part)).backward()
            optimizer.step()
    return module.eval()


def noisy(mu: Tensor, sigma: Tensor) -> Tensor:
    """A posterior sample."""
    return mu + sigma * torch.randn_like(mu)


def cross_entropy(p: Tensor, x: Tensor) -> Tensor:
    """Of probabilities, summed."""
    return F.binary_cross_entropy(p.flatten(1), x.flatten(1), reduction="sum")


def kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL to the prior, summed."""
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum()


def dense(inputs: int, outputs: int, activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Two layers."""
    return nn.Sequential(nn.Linear(inputs, WIDTH), activation(), nn.Linear(WIDTH, outputs))


class Examples(nn.Module):
    """As pytorch/examples has it."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, WIDTH)
        self.fc21, self.fc22 = nn.Linear(WIDTH, LATENT), nn.Linear(WIDTH, LATENT)
        self.fc3, self.fc4 = nn.Linear(LATENT, WIDTH), nn.Linear(WIDTH, 784)

    def encode(self, x):
        hidden = F.relu(self.fc1(x))
        return self.fc21(hidden), self.fc22(hidden)

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 784))
        z = noisy(mu, torch.exp(0.5 * logvar)) if self.training else mu
        return self.decode(z), mu, logvar

    def bound(self, x, y):
        made, mu, logvar = self(x)
        return cross_entropy(made, x) + kl(mu, logvar)


class HeadsInForward(Examples):
    """Nothing but a forward, which returns the reconstruction alone."""

    encode = decode = None

    def forward(self, x):
        hidden = F.relu(self.fc1(x.flatten(1)))
        mu, logvar = self.fc21(hidden), self.fc22(hidden)
        self.kl = kl(mu, logvar)
        z = noisy(mu, torch.exp(0.5 * logvar))
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def bound(self, x, y):
        return cross_entropy(self(x), x) + self.kl


class ListOfOutputs(nn.Module):
    """Lists in and out, with convolutions and batch normalisation."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.LeakyReLU()),
            *(nn.Conv2d(8, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.LeakyReLU()),
        )
        self.fc_mu, self.fc_var = nn.Linear(784, LATENT), nn.Linear(784, LATENT)
        self.decoder_input = nn.Linear(LATENT, 784)
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(16, 8, 3, 2, 1, 1), nn.BatchNorm2d(8), nn.LeakyReLU()
        )
        self.final_layer = nn.Sequential(nn.ConvTranspose2d(8, 1, 3, 2, 1, 1), nn.Sigmoid())

    def encode(self, input):
        result = torch.flatten(self.encoder(input), start_dim=1)
        return [self.fc_mu(result), self.fc_var(result)]

    def decode(self, z):
        return self.final_layer(self.decoder(self.decoder_input(z).view(-1, 16, 7, 7)))

    def forward(self, input, **kwargs):
        mu, log_var = self.encode(input)
        return [self.decode(noisy(mu, torch.exp(0.5 * log_var))), input, mu, log_var]

    def bound(self, x, y):
        made, _, mu, log_var = self(x)
        return cross_entropy(made, x) + kl(mu, log_var)


class Chunked(nn.Module):
    """One head for both, dictionaries out, logits."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), dense(784, 2 * LATENT))
        self.decoder = dense(LATENT, 784)

    def forward(self, x):
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        z = noisy(mu, torch.exp(0.5 * logvar))
        return {"logits": self.decoder(z), "mu": mu, "logvar": logvar}

    def bound(self, x, y):
        made = self(x)
        nats = F.binary_cross_entropy_with_logits(made["logits"], x.flatten(1), reduction="sum")
        return nats + kl(made["mu"], made["logvar"])


class Distributions(nn.Module):
    """torch.distributions in and out."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Flatten(), nn.Linear(784, WIDTH), nn.ELU())
        self.loc, self.scale = nn.Linear(WIDTH, LATENT), nn.Linear(WIDTH, LATENT)
        self.net = dense(LATENT, 784, nn.ELU)

    def encode(self, x):
        hidden = self.features(x)
        return Normal(self.loc(hidden), F.softplus(self.scale(hidden)) + 1e-4)

    def decode(self, z):
        return Bernoulli(logits=self.net(z).view(-1, 1, 28, 28), validate_args=False)

    def bound(self, x, y):
        q = self.encode(x)
        p = self.decode(q.rsample())
        code = torch.distributions.kl_divergence(q, Normal(0.0, 1.0))
        return code.sum() - p.log_prob(x).sum()


class StandardDeviation(nn.Module):
    """The second head is a standard deviation, through a softplus."""

    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(784, WIDTH)
        self.mu, self.sigma = nn.Linear(WIDTH, LATENT), nn.Linear(WIDTH, LATENT)
        self.dec = dense(LATENT, 784)

    def encoder(self, x):
        hidden = torch.tanh(self.enc(x.flatten(1)))
        return self.mu(hidden), F.softplus(self.sigma(hidden))

    def decoder(self, z):
        return self.dec(z).sigmoid()

    def bound(self, x, y):
        mu, sigma = self.encoder(x)
        return cross_entropy(self.decoder(noisy(mu, sigma)), x) + kl(mu, 2 * sigma.log())


class LatentDist(nn.Module):
    """As diffusers has it: a spatial latent, `.latent_dist`, `.sample`, pictures in [-1, 1]."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 16, 4, 4), nn.SiLU(), nn.Conv2d(16, 4, 1))
        self.up = nn.Sequential(nn.Conv2d(2, 16, 1), nn.SiLU(), nn.ConvTranspose2d(16, 1, 4, 4))

    def encode(self, x):
        mean, logvar = self.down(x).chunk(2, dim=1)
        deviation = torch.exp(0.5 * logvar)
        dist = SimpleNamespace(mean=mean, logvar=logvar, std=deviation, var=deviation**2)
        return SimpleNamespace(latent_dist=dist)

    def decode(self, z):
        return SimpleNamespace(sample=torch.tanh(self.up(z)))

    def bound(self, x, y):
        dist = self.encode(2 * x - 1).latent_dist
        made = self.decode(noisy(dist.mean, dist.std)).sample
        return 0.5 * (made - (2 * x - 1)).square().sum() / 0.04 + kl(dist.mean, dist.logvar)


class ModelOutputs(nn.Module):
    """As pythae has it: ordered dictionaries of embedding, log_covariance, reconstruction."""

    def __init__(self):
        super().__init__()
        self.body, self.net = nn.Linear(784, WIDTH), dense(LATENT, 784)
        self.embedding, self.log_var = nn.Linear(WIDTH, LATENT), nn.Linear(WIDTH, LATENT)

    def encoder(self, x):
        hidden = F.relu(self.body(x.reshape(-1, 784)))
        return OrderedDict(embedding=self.embedding(hidden), log_covariance=self.log_var(hidden))

    def decoder(self, z):
        return OrderedDict(reconstruction=self.net(z).sigmoid().reshape(-1, 1, 28, 28))

    def bound(self, x, y):
        code = self.encoder(x)
        mu, logvar = code["embedding"], code["log_covariance"]
        made = self.decoder(noisy(mu, torch.exp(0.5 * logvar)))["reconstruction"]
        return cross_entropy(made, x) + kl(mu, logvar)


@dataclass
class Output:
    """What `DataclassOutput` gives."""

    x_recon: Tensor
    z_mean: Tensor
    z_log_std: Tensor


class DataclassOutput(nn.Module):
    """A dataclass out of forward, log sigma, encoder and decoder hidden in it."""

    def __init__(self):
        super().__init__()
        self.e, self.d = nn.Linear(784, WIDTH), dense(LATENT, 784)
        self.m, self.s = nn.Linear(WIDTH, LATENT), nn.Linear(WIDTH, LATENT)

    def forward(self, x):
        hidden = self.e(x.flatten(1)).relu()
        mean, log_std = self.m(hidden), self.s(hidden)
        z = noisy(mean, log_std.exp())
        return Output(self.d(z).sigmoid().view_as(x), mean, log_std)

    def bound(self, x, y):
        out = self(x)
        return cross_entropy(out.x_recon, x) + kl(out.z_mean, 2 * out.z_log_std)


class Conditional(nn.Module):
    """Told the class as a one-hot vector, in two arguments."""

    def __init__(self):
        super().__init__()
        self.body, self.net = nn.Linear(794, WIDTH), dense(LATENT + 10, 784)
        self.mu, self.logvar = nn.Linear(WIDTH, LATENT), nn.Linear(WIDTH, LATENT)

    def encode(self, x, c):
        hidden = self.body(torch.cat([x.flatten(1), c], dim=1)).relu()
        return self.mu(hidden), self.logvar(hidden)

    def decode(self, z, c):
        return self.net(torch.cat([z, c], dim=1)).sigmoid()

    def bound(self, x, y):
        c = F.one_hot(y, 10).float()
        mu, logvar = self.encode(x, c)
        z = noisy(mu, torch.exp(0.5 * logvar))
        return cross_entropy(self.decode(z, c), x) + kl(mu, logvar)


class Normalized(Examples):
    """Trained on pictures normalised by MNIST's mean and deviation, to give back plain ones."""

    def bound(self, x, y):
        made, mu, logvar = self((x - 0.1307) / 0.3081)
        return cross_entropy(made, x) + kl(mu, logvar)


class PlainAutoencoder(nn.Module):
    """No second head at all."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), dense(784, LATENT))
        self.decoder = nn.Sequential(dense(LATENT, 784), nn.Sigmoid())

    def bound(self, x, y):
        return cross_entropy(self.decoder(self.encoder(x)), x)


class OptionalLabel(Conditional):
    """Told the class as a number, in an argument that has a default."""

    def encode(self, x, c=None):
        return super().encode(x, F.one_hot(c, 10).float())

    def decode(self, z, c=None):
        return super().decode(z, F.one_hot(c, 10).float())

    def bound(self, x, y):
        mu, logvar = self.encode(x, y)
        return cross_entropy(self.decode(noisy(mu, torch.exp(0.5 * logvar)), y), x) + kl(mu, logvar)


class SampledToo(Examples):
    """encode gives a sample before mean and log variance; all of it lies in a part of a module."""

    def encode(self, x):
        mu, logvar = super().encode(x.flatten(1))
        return noisy(mu, torch.exp(0.5 * logvar)), mu, logvar

    def forward(self, x):
        z, mu, logvar = self.encode(x)
        return self.decode(z), mu, logvar
