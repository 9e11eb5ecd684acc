"""Published figures on MNIST to compare with, as rows of the table of `model_comparison`.

They are quoted from the sources named, not measured here; each says how far its protocol is ours.
"""

from vae_explorer.evaluation.metrics import Score
from vae_explorer.evaluation.model_comparison import Row

_DAVIDSON = (
    "Davidson et al. 2018, Hyperspherical Variational Auto-Encoders, table 1",
    "https://arxiv.org/abs/1804.00891",
    "published: test images, dynamically binarised pixels, 500 importance samples",
)
_BURDA = (
    "Burda et al. 2016, Importance Weighted Autoencoders, table 1",
    "https://arxiv.org/abs/1509.00519",
    "published: test images, binarised pixels, one stochastic layer, 5,000 importance samples",
)
_TUTORIAL = (
    "K. M. Bhattarai, VariationalAutoencoder",
    "https://github.com/KrishnaMBhattarai/VariationalAutoencoder",
    "printed loss of the tenth epoch: 60,000 training images, grey pixels, mean over the epoch",
)


def _row(
    name: str, kind: str, size: int, score: str, value: float, origin: tuple[str, str, str]
) -> Row:
    source, link, protocol = origin
    figure = Score(value, None, f"{protocol} ({source})")
    return Row(name, kind, "mnist", size, {score: figure}, {}, source, link)


def _likelihoods(
    kind: str, figures: dict[int, float], origin: tuple[str, str, str]
) -> tuple[Row, ...]:
    return tuple(
        _row(f"{kind}, D = {size}", kind, size, "iw_nll", value, origin)
        for size, value in figures.items()
    )


REFERENCES: tuple[Row, ...] = (
    _row("the tutorial's loop", "VAE", 3, "neg_elbo", 137.85, _TUTORIAL),
    *_likelihoods("N-VAE", {2: 135.73, 5: 110.21, 10: 93.84}, _DAVIDSON),
    *_likelihoods("S-VAE", {2: 132.50, 5: 108.43, 10: 93.16}, _DAVIDSON),
    *_likelihoods("VAE", {50: 86.76}, _BURDA),
    *_likelihoods("IWAE, K = 5", {50: 85.54}, _BURDA),
    *_likelihoods("IWAE, K = 50", {50: 84.78}, _BURDA),
)
