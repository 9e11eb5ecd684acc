"""Models that were broken on purpose, with the fault that is to be named, and healthy ones.

Some are shipped models with one thing changed, some are trained here in seconds, on scikit-learn's
digits or on pictures that the largest shipped model decodes of its encoded test set. None needs
data from outside.
"""

import copy
import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from paths import ROOT
from shipped_models import OF_PICTURES
from torch import Generator, Tensor, nn

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import load_dataset, to_unit
from vae_explorer.models.checkpoints import SUFFIX, Checkpoint, load_checkpoint
from vae_explorer.models.vae import new_model

SHIPPED = [path.stem for path in OF_PICTURES]
TRAINED_ON = 2_000  # pictures of a model that is trained here
LOGVAR = (-14.0, 6.0)


class Case(NamedTuple):
    """What is examined."""

    model: Any
    images: Tensor
    labels: Tensor | None = None
    held_out: tuple[Tensor, Tensor | None] | None = None


@functools.cache
def shipped(name: str) -> Checkpoint:
    """A shipped model; shared, so never change it."""
    return load_checkpoint(ROOT / "checkpoints" / f"{name}{SUFFIX}")


@functools.cache
def pictures(source: str) -> tuple[Tensor, Tensor]:
    """ "digits", or what a shipped model decodes of its own encoded set; with labels."""
    if source == "digits":
        train = load_dataset("digits").train
        return to_unit(train.images), train.labels
    model = shipped(source)
    assert model.encoded is not None
    mu, labels = model.encoded.mu[:4000].float(), model.encoded.labels[:4000]
    draw = torch.randn(mu.shape, generator=Generator().manual_seed(0))
    z = mu + draw * (0.5 * model.encoded.logvar[:4000].float()).exp()
    with torch.inference_mode():
        decoded = model.model.decode(z, labels if model.config.classes else None)
    return decoded.clone(), labels


def own_pictures(name: str) -> tuple[Tensor, Tensor]:
    """Pictures of the kind that a shipped model was trained on."""
    source = {"digits": "digits", "mnist": "mnist-32d", "fashion-mnist": "fashion-3d"}
    return pictures(source[shipped(name).dataset])


class Foreign(nn.Module):
    """Somebody's own module as an adapter shows it: encode, decode, what pixels cost."""

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        *,
        likelihood: str = "bernoulli",
        values: str = "logits",
        classes: int = 0,
        scale: float = 1.0,
        flat: bool = True,
    ):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.values, self.flat = values, flat
        self.config = SimpleNamespace(
            latent_dim=_outputs(encoder) // 2,
            classes=classes,
            variational=True,
            likelihood=likelihood,
            pixel_scale=scale,
            image_size=28,
            image_width=28,
            channels=1,
            image_shape=(1, 28, 28),
            pixels=784,
        )

    def encode(self, x, y=None):
        x = 2 * x - 1 if self.values == "signed" else x
        x = x.flatten(1) if self.flat else x
        if y is not None:
            x = torch.cat([x, F.one_hot(y, self.config.classes).float()], dim=1)
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        return mu, logvar.clamp(*LOGVAR)

    def decode_raw(self, z, y=None):
        if y is not None:
            z = torch.cat([z, F.one_hot(y, self.config.classes).float()], dim=1)
        return self.decoder(z).flatten(1)

    def means(self, raw):
        return {"logits": raw.sigmoid(), "signed": (raw + 1) / 2}.get(self.values, raw)

    def decode(self, z, y=None):
        return self.means(self.decode_raw(z, y)).clamp(0, 1).view(-1, 1, 28, 28)

    def pixel_nll(self, raw, x):
        means = self.means(raw)
        if self.config.likelihood == "bernoulli":
            if self.values == "logits":
                cost = F.binary_cross_entropy_with_logits(raw, x, reduction="none")
            else:
                cost = F.binary_cross_entropy(means.clamp(1e-4, 1 - 1e-4), x, reduction="none")
            return cost.sum(dim=-1)
        return 0.5 * ((means - x) / self.config.pixel_scale).square().sum(dim=-1)


def _outputs(encoder) -> int:
    """Width of an encoder's last layer."""
    return [*encoder.modules()][-1].out_features


def flat_parts(
    latent_dim=3, hidden=200, activation: Any = nn.ReLU, last=None, classes=0, norm=False
):
    """The two halves of the VAE of most tutorials."""
    middle = [nn.BatchNorm1d(hidden)] if norm else []
    encoder = nn.Sequential(
        nn.Linear(784 + classes, hidden), *middle, activation(), nn.Linear(hidden, 2 * latent_dim)
    )
    end = [] if last is None else [last]
    decoder = nn.Sequential(
        nn.Linear(latent_dim + classes, hidden), activation(), nn.Linear(hidden, 784), *end
    )
    return encoder, decoder


def convolutional_parts(latent_dim=10):
    """Two strided convolutions and their mirror."""
    encoder = nn.Sequential(
        *[nn.Conv2d(1, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 4, 2, 1), nn.ReLU(), nn.Flatten()],
        nn.Linear(784, 2 * latent_dim),
    )
    decoder = nn.Sequential(
        *[nn.Linear(latent_dim, 784), nn.Unflatten(1, (16, 7, 7))],
        *[nn.ConvTranspose2d(16, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1)],
    )
    return encoder, decoder


def squared_error(model, z, x, y):
    return (model.means(model.decode_raw(z, y)) - x.flatten(1)).square().sum(dim=1).mean()


def likelihood(model, z, x, y):
    return model.pixel_nll(model.decode_raw(z, y), x.flatten(1)).mean()


def fitted(model, source="mnist-32d", epochs=10, beta=1.0, cost=likelihood, count=TRAINED_ON):
    """A module trained on the first pictures of a source, in evaluation mode."""
    x, labels = (values[:count] for values in pictures(source))
    y = labels if model.config.classes else None
    optimizer = torch.optim.Adam(model.train().parameters(), 2e-3)
    draws = Generator().manual_seed(0)
    for _ in range(epochs):
        for picked in torch.randperm(len(x), generator=draws).split(64):
            part = None if y is None else y[picked]
            mu, logvar = model.encode(x[picked], part)
            z = mu + torch.randn(mu.shape, generator=draws) * (0.5 * logvar).exp()
            kl = -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum(dim=1).mean()
            optimizer.zero_grad()
            (cost(model, z, x[picked], part) + beta * kl).backward()
            optimizer.step()
    return model.eval().requires_grad_(False)


def seeded(make: Callable[[], nn.Module]) -> Any:
    """A new module with weights that are the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make()


@functools.cache
def plain() -> Foreign:
    """The healthy VAE of tutorials, 3-D, on decoded digits; shared: copy before breaking it."""
    return fitted(seeded(lambda: Foreign(*flat_parts())))


def broken_plain(break_it: Callable[[Any], Any]) -> Case:
    model = copy.deepcopy(plain())
    return Case(break_it(model) or model, *pictures("mnist-32d"))


def broken_shipped(name: str, break_it: Callable[[Any], Any]) -> Case:
    model = copy.deepcopy(shipped(name).model)
    return Case(break_it(model) or model, *own_pictures(name))


# one thing wrong each


def dead_coordinate(model):
    model.mean_layer.weight[1] = 0
    model.mean_layer.bias[1] = 0
    model.log_variance_layer.weight[1] = 0
    model.log_variance_layer.bias[1] = 0


def dead_encoder(model):
    for layer in (model.mean_layer, model.log_variance_layer):
        layer.weight.zero_()
        layer.bias.zero_()


def constant_means(model):
    model.mean_layer.weight.zero_()


def deaf_decoder(model):
    next(layer for layer in model.decoder if isinstance(layer, nn.Linear)).weight.zero_()


def half_deaf_decoder(model):
    model.decoder[0].weight[:, 1] = 0


def one_variance(model):
    model.log_variance_layer.weight.zero_()
    model.log_variance_layer.bias.fill_(-3)


def no_variance(model):
    model.log_variance_layer.bias.fill_(-1e4)


def swapped_heads(model):
    model.mean_layer, model.log_variance_layer = model.log_variance_layer, model.mean_layer


def permuted_means(model):
    model.mean_layer.weight.copy_(model.mean_layer.weight[[1, 2, 0]])
    model.mean_layer.bias.copy_(model.mean_layer.bias[[1, 2, 0]])


def large_means(model):
    model.mean_layer.weight.mul_(6)
    model.mean_layer.bias.mul_(6)


def shifted_codes(model):
    model.mean_layer.bias.add_(4)
    model.decoder[0].bias.sub_(4 * model.decoder[0].weight.sum(dim=1))


def doubled_coordinate(model):
    """The third coordinate repeats the second; the decoder was told."""
    for layer in (model.mean_layer, model.log_variance_layer):
        layer.weight[2], layer.bias[2] = layer.weight[1], layer.bias[1]
    half = model.decoder[0].weight[:, 1] / 2
    model.decoder[0].weight[:, 1], model.decoder[0].weight[:, 2] = half, half


def not_a_number(model):
    model.decoder[-1].weight[3, 3] = torch.nan


def saturated(model):
    model.decoder[-1].weight.mul_(60)
    model.decoder[-1].bias.mul_(60)


def constant_output(model):
    model.decoder[-1].weight.zero_()
    model.decoder[-1].bias.zero_()


class Functional(nn.Module):
    """Dropout that eval() does not reach."""

    def forward(self, x):
        return F.dropout(x, 0.3)


def dropout_left_on(model):
    model.encoder = nn.Sequential(*model.encoder, Functional())


def sampled_means(model):
    encode = model.encode

    def sample(x, y=None):
        mu, logvar = encode(x, y)
        return mu + torch.randn_like(mu) * (0.5 * logvar).exp(), logvar

    model.encode = sample


def twice(model):
    means = model.means
    model.means = lambda raw: means(raw).sigmoid()


def logits_shown(model):
    model.values = "unit"


def deviations_as_log_variances(model):
    encode = model.encode
    model.encode = lambda x, y=None: (encode(x, y)[0], (0.5 * encode(x, y)[1]).exp())


def pixels_transposed(model):
    raw = model.decode_raw
    model.decode_raw = lambda z, y=None: raw(z, y).view(-1, 28, 28).mT.flatten(1)


def pixels_in_bytes(model):
    encode = model.encode
    model.encode = lambda x, y=None: encode(x / 255, y)


def inverted_output(model):
    raw = model.decode_raw
    model.decode_raw = lambda z, y=None: -raw(z, y)


def other_decoder(model):
    model.decoder = copy.deepcopy(shipped("mnist-plain-3d").model.decoder)


def fashionable_decoder(model):
    model.decoder = copy.deepcopy(shipped("fashion-3d").model.decoder)


def averaged(cost, latent_dim=3) -> Case:
    def over_pixels(model, z, x, y):
        return cost(model, z, x, y) / 784

    made = seeded(lambda: Foreign(*flat_parts(latent_dim)))
    return Case(fitted(made, cost=over_pixels), *pictures("mnist-32d"))


def weighed(beta: float, epochs=10) -> Case:
    made = seeded(lambda: Foreign(*flat_parts()))
    return Case(fitted(made, beta=beta, epochs=epochs), *pictures("mnist-32d"))


def batch_statistics() -> Case:
    model = fitted(seeded(lambda: Foreign(*flat_parts(norm=True))))
    return Case(model.train(), *pictures("mnist-32d"))


def signed_shown() -> Case:
    made = seeded(lambda: Foreign(*flat_parts(last=nn.Tanh()), likelihood="gaussian", scale=0.2))
    made.values = "signed"
    model = fitted(made)
    model.values = "unit"
    return Case(model, *pictures("mnist-32d"))


def signed_wanted() -> Case:
    made = seeded(lambda: Foreign(*flat_parts()))
    encode = made.encode
    made.encode = lambda x, y=None: encode(2 * x - 1, y)
    model = fitted(made)
    model.encode = encode
    return Case(model, *pictures("mnist-32d"))


def memorised() -> Case:
    made = seeded(lambda: Foreign(*flat_parts(8, 256)))
    model = fitted(made, epochs=300, count=128)
    x, y = pictures("mnist-32d")
    return Case(model, x[:128], y[:128], (x[2000:3000], y[2000:3000]))


def untrained() -> Case:
    return Case(new_model(ModelConfig(), 0).eval(), *pictures("mnist-32d"))


BROKEN: dict[str, tuple[Callable[[], Case], tuple[str, ...]]] = {
    "a coordinate without head": (
        lambda: broken_shipped("mnist-3d", dead_coordinate),
        ("Dead coordinates",),
    ),
    "both heads zero": (
        lambda: broken_shipped("mnist-3d", dead_encoder),
        ("Posterior collapse",),
    ),
    "means constant": (
        lambda: broken_shipped("mnist-5d", constant_means),
        ("Posterior collapse",),
    ),
    "cross-entropy averaged": (
        lambda: averaged(likelihood),
        ("Posterior collapse: reconstruction averaged over pixels",),
    ),
    "squared error averaged": (
        lambda: averaged(squared_error, 10),
        ("Posterior collapse: reconstruction averaged over pixels",),
    ),
    "no KL term": (
        lambda: weighed(0.0),
        ("KL weight next to nothing", "Posterior variance at its limit"),
    ),
    "KL averaged as well": (lambda: weighed(1 / 784), ("KL weight next to nothing",)),
    "decoder deaf": (
        lambda: broken_shipped("mnist-10d", deaf_decoder),
        ("Decoder ignores the code",),
    ),
    "decoder deaf to one": (
        lambda: broken_shipped("mnist-3d-tutorial", half_deaf_decoder),
        ("Decoder ignores coordinates",),
    ),
    "one variance for all": (
        lambda: broken_shipped("mnist-3d", one_variance),
        ("Posterior variance is constant",),
    ),
    "variance at the clamp": (
        lambda: broken_shipped("mnist-2d", no_variance),
        ("Posterior variance at its limit",),
    ),
    "heads swapped": (lambda: broken_shipped("mnist-3d", swapped_heads), ("Heads swapped",)),
    "second head sigma": (
        lambda: broken_plain(deviations_as_log_variances),
        ("Second head is not the log variance",),
    ),
    "means permuted": (
        lambda: broken_shipped("mnist-3d", permuted_means),
        ("Encoder and decoder do not belong together",),
    ),
    "decoder of another training": (
        lambda: broken_shipped("mnist-3d", other_decoder),
        ("Encoder and decoder do not belong together",),
    ),
    "decoder of other pictures": (
        lambda: broken_shipped("mnist-3d", fashionable_decoder),
        ("Encoder and decoder do not belong together",),
    ),
    "pictures of something else": (
        lambda: Case(shipped("mnist-3d").model, *pictures("fashion-3d")),
        ("Pictures of another kind",),
    ),
    "codes six times too large": (
        lambda: broken_shipped("mnist-3d", large_means),
        ("Prior and aggregate posterior apart",),
    ),
    "codes far from the origin": (
        lambda: broken_shipped("mnist-3d-tutorial", shifted_codes),
        ("Prior and aggregate posterior apart",),
    ),
    "a coordinate twice": (
        lambda: broken_shipped("mnist-3d-tutorial", doubled_coordinate),
        ("Coordinates say the same",),
    ),
    "a weight NaN": (lambda: broken_shipped("mnist-3d", not_a_number), ("Output is not a number",)),
    "output saturated": (lambda: broken_shipped("mnist-3d", saturated), ("Output is saturated",)),
    "output constant": (
        lambda: broken_shipped("digits-3d", constant_output),
        ("Output is constant",),
    ),
    "output inverted": (lambda: broken_plain(inverted_output), ("Output range",)),
    "sigmoid twice": (lambda: broken_plain(twice), ("Sigmoid applied twice",)),
    "logits shown": (lambda: broken_plain(logits_shown), ("Output outside [0, 1]",)),
    "tanh shown": (signed_shown, ("Output outside [0, 1]",)),
    "input in [-1, 1] wanted": (signed_wanted, ("Input range",)),
    "input divided by 255 twice": (lambda: broken_plain(pixels_in_bytes), ("Input range",)),
    "rows are columns": (lambda: broken_plain(pixels_transposed), ("Order of pixels",)),
    "dropout left on": (
        lambda: broken_shipped("digits-3d", dropout_left_on),
        ("Encoder is not deterministic",),
    ),
    "encoder samples": (lambda: broken_plain(sampled_means), ("Encoder is not deterministic",)),
    "batch normalisation in training mode": (batch_statistics, ("Encoder depends on the batch",)),
    "learned by heart": (memorised, ("Over-fitting",)),
    "never trained": (untrained, ("Not trained",)),
}


def healthy_foreign(settings: dict[str, Any], training: dict[str, Any]) -> Case:
    make = settings.pop("parts")
    made = seeded(lambda: Foreign(*make(), **settings))
    return Case(fitted(made, **training), *pictures("mnist-32d"))


FOREIGN: dict[str, Callable[[], Case]] = {
    "tutorial, ReLU": lambda: Case(plain(), *pictures("mnist-32d")),
    "tutorial, Tanh": lambda: healthy_foreign(
        {"parts": lambda: flat_parts(activation=nn.Tanh)}, {}
    ),
    "20-D": lambda: healthy_foreign({"parts": lambda: flat_parts(20)}, {}),
    "convolutional, 10-D": lambda: healthy_foreign(
        {"parts": convolutional_parts, "flat": False}, {"epochs": 5}
    ),
    "batch normalisation": lambda: healthy_foreign({"parts": lambda: flat_parts(norm=True)}, {}),
    "tanh in [-1, 1], Gaussian": lambda: healthy_foreign(
        {
            "parts": lambda: flat_parts(last=nn.Tanh()),
            "likelihood": "gaussian",
            "values": "signed",
            "scale": 0.2,
        },
        {"cost": squared_error},
    ),
    "squared error, read as Bernoulli": lambda: healthy_foreign(
        {"parts": lambda: flat_parts(5)}, {"cost": squared_error}
    ),
    "conditional": lambda: healthy_foreign(
        {"parts": lambda: flat_parts(3, classes=10), "classes": 10}, {}
    ),
}


def healthy() -> dict[str, Callable[[], Case]]:
    """All models that nothing is wrong with: those shipped, and those of others."""
    own = {
        name: functools.partial(lambda one: Case(shipped(one).model, *own_pictures(one)), name)
        for name in SHIPPED
    }
    return own | {f"foreign: {name}": make for name, make in FOREIGN.items()}
