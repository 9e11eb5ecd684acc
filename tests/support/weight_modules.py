"""Modules as people write them, trained for seconds: what files of weights come from.

Each has an `encode`, to mu and logvar, and a `decode`, to what its `nll` is computed from.
"""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

STEPS, PICTURE_STEPS, BATCH = 500, 200, 64


class Module(nn.Module):
    """Pixels in [0, 1], logits out; subclasses have layers, `heads` and `decode`."""

    classes = 0
    kl_weight = 1.0

    def heads(self, x):
        raise NotImplementedError

    def decode(self, z):
        raise NotImplementedError

    def given(self, x):
        """Pictures (B, 1, 28, 28) as this module takes them."""
        return x.flatten(1)

    def encode(self, x, y=None):
        """mu and logvar of pictures."""
        return self.heads(self._joined(self.given(x), y))

    def means(self, z, y=None):
        """Means of the pixels, (B, P)."""
        return self.decode(self._joined(z, y)).flatten(1).sigmoid()

    def nll(self, z, x, y=None, scale=None):
        """Nats a picture, (B,): Bernoulli, or Gaussian of a scale."""
        if scale is not None:
            from vae_explorer.models.likelihoods import gaussian_nll

            return gaussian_nll(self.means(z, y), x.flatten(1), torch.tensor(scale).log())
        logits = self.decode(self._joined(z, y)).flatten(1)
        losses = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="none")
        return losses.sum(1)

    def _joined(self, v, y):
        return v if y is None else torch.cat([v, F.one_hot(y, self.classes).float()], dim=1)


def kl(mu, logvar):
    """KL to the prior, (B,)."""
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


def neg_elbo(module: Module, x: Tensor, y: Tensor | None, eps: Tensor, scale=None) -> Tensor:
    """The module's own, nats a picture, with this noise (B, D)."""
    mu, logvar = module.encode(x, y)
    z = mu + (0.5 * logvar).exp() * eps
    return (module.nll(z, x, y, scale) + kl(mu, logvar)).mean()


def trained(module: Module, x: Tensor, labels: Tensor) -> Module:
    """After a few steps of Adam; a plain autoencoder without noise."""
    generator = Generator().manual_seed(0)
    y = labels if module.classes else None
    optimizer = torch.optim.Adam(module.parameters(), 3e-3)
    for _ in range(PICTURE_STEPS if isinstance(module, Pictures) else STEPS):
        picked = torch.randint(len(x), (BATCH,), generator=generator)
        label = None if y is None else y[picked]
        mu, logvar = module.encode(x[picked], label)
        eps = torch.randn(mu.shape, generator=generator)
        scale = getattr(module, "scale", None)
        z = mu + (0.5 * logvar).exp() * eps
        loss = (module.nll(z, x[picked], label, scale) + module.kl_weight * kl(mu, logvar)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return module.eval()


class Basic(Module):
    """PyTorch's own example."""

    def __init__(self, hidden=64, latent=6):
        super().__init__()
        self.fc1 = nn.Linear(784, hidden)
        self.fc21 = nn.Linear(hidden, latent)
        self.fc22 = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, 784)

    def heads(self, x):
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))


class Chunked(Module):
    """One layer for both heads; other slopes in the encoder than in the decoder."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 64), nn.LeakyReLU(0.2), nn.Linear(64, 12))
        self.decoder = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 784), nn.Sigmoid())

    def heads(self, x):
        return self.encoder(x).chunk(2, dim=1)

    def decode(self, z):
        return self.decoder[:-1](z)


class Slopes(Module):
    """Encoder and decoder as modules of their own, with two activations."""

    def __init__(self, first=nn.Tanh, second=nn.Softplus):
        super().__init__()
        self.Encoder, self.Decoder = nn.Module(), nn.Module()
        self.Encoder.FC_input, self.Encoder.FC_input2 = nn.Linear(784, 64), nn.Linear(64, 64)
        self.Encoder.FC_mean, self.Encoder.FC_var = nn.Linear(64, 6), nn.Linear(64, 6)
        self.Decoder.FC_hidden, self.Decoder.FC_hidden2 = nn.Linear(6, 64), nn.Linear(64, 64)
        self.Decoder.FC_output = nn.Linear(64, 784)
        self.first, self.second = first(), second()

    def heads(self, x):
        encoder = self.Encoder
        h = self.first(encoder.FC_input2(self.first(encoder.FC_input(x))))
        return encoder.FC_mean(h), encoder.FC_var(h)

    def decode(self, z):
        decoder = self.Decoder
        h = self.second(decoder.FC_hidden2(self.second(decoder.FC_hidden(z))))
        return decoder.FC_output(h)


class Stacked(Module):
    """Three layers with dropout, or with layer normalisation."""

    def __init__(self, activation=nn.ELU, norm=nn.Identity, dropout=0.2, widths=(96, 64, 32)):
        super().__init__()

        def block(inputs, outputs):
            return nn.Sequential(
                nn.Linear(inputs, outputs), norm(outputs), activation(), nn.Dropout(dropout)
            )

        self.encoder = nn.Sequential(*map(block, (784, *widths), widths))
        self.to_mean, self.to_logvar = (nn.Linear(widths[-1], 6) for _ in range(2))
        back = widths[::-1]
        self.decoder = nn.Sequential(*map(block, (6, *back), back), nn.Linear(widths[0], 784))

    def heads(self, x):
        h = self.encoder(x)
        return self.to_mean(h), self.to_logvar(h)

    def decode(self, z):
        return self.decoder(z)


class Sigma(Basic):
    """A head that is a standard deviation through a softplus, written before the mean."""

    def __init__(self):
        super().__init__()
        del self.fc21, self.fc22
        self.sigma, self.mu = nn.Linear(64, 6), nn.Linear(64, 6)

    def heads(self, x):
        h = F.relu(self.fc1(x))
        return self.mu(h), 2 * F.softplus(self.sigma(h)).log()


class Conditional(Basic):
    """Told the class on both sides."""

    classes = 10

    def __init__(self):
        super().__init__()
        self.fc1, self.fc3 = nn.Linear(794, 64), nn.Linear(16, 64)


class LearnedSlope(Basic):
    """Activations with a learned slope."""

    def __init__(self):
        super().__init__()
        self.act1, self.act2 = nn.PReLU(), nn.PReLU()

    def heads(self, x):
        h = self.act1(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def decode(self, z):
        return self.fc4(self.act2(self.fc3(z)))


class Autoencoder(Module):
    """No posterior."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 4)
        )
        self.decoder = nn.Sequential(
            nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 784)
        )

    def heads(self, x):
        mu = self.encoder(x)
        return mu, torch.full_like(mu, -30.0)

    def decode(self, z):
        return self.decoder(z)


class Pictures(Module):
    """Convolutions: takes pictures as they are."""

    kl_weight = 0.3  # so that codes are used after so few steps

    def given(self, x):
        return x


class BatchNormed(Pictures):
    """Convolutions, then normalisations, by number; heads of a hidden layer."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 8, 3, 2, 1), nn.Conv2d(8, 16, 3, 2, 1)
        self.bn1, self.bn2 = nn.BatchNorm2d(8), nn.BatchNorm2d(16)
        self.fc_mu, self.fc_logvar = nn.Linear(784, 6), nn.Linear(784, 6)
        self.fc = nn.Linear(6, 784)
        self.deconv1 = nn.ConvTranspose2d(16, 8, 3, 2, 1, 1)
        self.deconv2 = nn.ConvTranspose2d(8, 1, 3, 2, 1, 1)
        self.bn3 = nn.BatchNorm2d(8)

    def heads(self, x):
        h = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))).flatten(1)
        return self.fc_mu(h), self.fc_logvar(h)

    def decode(self, z):
        h = F.relu(self.fc(z)).view(-1, 16, 7, 7)
        return self.deconv2(F.relu(self.bn3(self.deconv1(h))))


class Blocks(Pictures):
    """Blocks of convolution, normalisation and leaky ReLU; pixels and tanh in [-1, 1]."""

    scale = 0.2

    def __init__(self, widths=(8, 16)):
        super().__init__()

        def block(convolution, outputs):
            return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU())

        a, b = widths
        self.encoder = nn.Sequential(
            block(nn.Conv2d(1, a, 3, 2, 1), a), block(nn.Conv2d(a, b, 3, 2, 1), b)
        )
        self.fc_mu, self.fc_var = nn.Linear(b * 49, 6), nn.Linear(b * 49, 6)
        self.decoder_input = nn.Linear(6, b * 49)
        self.decoder = nn.Sequential(block(nn.ConvTranspose2d(b, a, 3, 2, 1, 1), a))
        self.final_layer = nn.Sequential(
            nn.ConvTranspose2d(a, a, 3, 2, 1, 1),
            nn.BatchNorm2d(a),
            nn.LeakyReLU(),
            nn.Conv2d(a, 1, 3, padding=1),
            nn.Tanh(),
        )
        self.width = b

    def given(self, x):
        return 2 * x - 1

    def heads(self, x):
        h = self.encoder(x).flatten(1)
        return self.fc_mu(h), self.fc_var(h)

    def decode(self, z):
        return self.final_layer(self.decoder(self.decoder_input(z).view(-1, self.width, 7, 7)))

    def means(self, z, y=None):
        return (self.decode(z).flatten(1) + 1) / 2


class Upsampled(Pictures):
    """Max pooling down, repeated pixels up."""

    def __init__(self, norm=nn.Identity):
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, 1, 1), norm(8), nn.SiLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3, 1, 1), norm(16), nn.SiLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(784, 32), nn.SiLU()),
        )
        self.mu, self.log_var = nn.Linear(32, 6), nn.Linear(32, 6)
        self.decoder = nn.Sequential(
            *(
                nn.Linear(6, 784),
                nn.SiLU(),
                nn.Unflatten(1, (16, 7, 7)),
                nn.Upsample(scale_factor=2),
            ),
            *(nn.Conv2d(16, 8, 3, 1, 1), norm(8), nn.SiLU(), nn.Upsample(scale_factor=2)),
            nn.Conv2d(8, 1, 3, 1, 1),
        )

    def heads(self, x):
        h = self.encoder(x)
        return self.mu(h), self.log_var(h)

    def decode(self, z):
        return self.decoder(z)
