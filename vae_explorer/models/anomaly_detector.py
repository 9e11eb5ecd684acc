"""How unusual a picture is to a model: scores, and the few arrays that they need beside it.

Every score is higher for what is more anomalous. `anomalies.fit` makes the arrays, a checkpoint
carries them. Knows nothing of files or data sets. N or B pictures, D latent coordinates, K
components, R reference codes, Q quantiles.

The combined score is the surplus of −ELBO over what it usually is for a picture so complex, with
0.3 times the latent density, each in standard deviations over validation pictures. Likelihood
alone is inverted for simple pictures: a stroke costs few nats whatever it shows, and complexity
explains most of what remains (Nalisnick et al. 2019; Serrà et al. 2020, "Input Complexity and
Out-of-distribution Detection with Likelihood-based Generative Models"). How complex a picture is,
its total ink, its squared ink and its total variation tell; the regression is fitted on validation
pictures alone.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.likelihoods import LIKELIHOODS, kl_divergence
from vae_explorer.models.vae import VAE

SCORES = {
    "reconstruction": "−log p(x | z) at the posterior mean: what the decoder gets wrong, in nats",
    "neg_elbo": "−ELBO in nats: reconstruction and KL, as the model was trained",
    "iw_nll": "importance-weighted −log p(x) in nats, grey pixels: the model's own likelihood",
    "relative_error": "squared error as a share of the picture's own ink, ‖x − r‖² / ‖x‖²",
    "latent_distance": "mean distance to the five nearest training codes",
    "latent_density": "−log density of the training codes (a Gaussian mixture) at the code",
    "combined": "−ELBO beyond what is usual for so complex a picture, and the latent density",
}
SAMPLES = 32  # posterior samples a picture: the same noise for all, so item i is always item i
NEIGHBOURS = 5
LEAST_INK = 1.0  # of a picture with hardly any: a blank one has a finite relative error
DENSITY_SHARE = 0.3  # of the latent density beside the surplus, in the combined score
BOUNDS = ("neg_elbo", "iw_nll")  # what a plain autoencoder lacks
LARGEST = 1e6  # value of an array that a file may hold: scores stay finite
LARGEST_SCORE = 1e12
LEAST_SPREAD = 1e-6  # all pictures may be the same
MOST = {"codes": 10_000, "mixture.weights": 256, "validation.combined": 10_000}  # rows in a file
AT_ONCE = 500  # pictures: SAMPLES times as many are decoded together

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Detector:
    """Scores pictures with a model, and knows how its validation pictures scored."""

    model: VAE  # shared: never change it
    arrays: Mapping[str, Tensor]
    validation: Mapping[str, Tensor]  # name -> scores of validation pictures, ascending (Q,)

    @property
    def names(self) -> tuple[str, ...]:
        """The scores that this model has, in the order of SCORES."""
        return tuple(name for name in SCORES if name in self.validation)

    def scores(
        self,
        x: Tensor,
        y: Tensor | None = None,
        *,
        progress: Progress = lambda what, share: None,
    ) -> dict[str, Tensor]:
        """Pictures (N, 1, S, S) in [0, 1] -> every score (N,), higher for the more anomalous.

        A conditional model takes the labels y (N,); without, the class that explains a picture best
        counts.
        """
        parts = []
        for start in range(0, len(x), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            parts.append(self._scores(x[part], None if y is None else y[part]))
            progress("anomaly scores", min(1.0, (start + AT_ONCE) / len(x)))
        if not parts:
            return {name: torch.empty(0) for name in self.names}
        return {name: torch.cat([part[name] for part in parts]) for name in self.names}

    def _scores(self, x: Tensor, y: Tensor | None) -> dict[str, Tensor]:
        found = measure(self.model, self.arrays, x, y)
        found["combined"] = combine(self.arrays, found)
        return found

    def percentile(self, name: str, values: Tensor) -> Tensor:
        """The share of validation pictures that score lower, (N,) -> (N,) in [0, 100]."""
        known = self.validation[name]
        below = torch.searchsorted(known, values.contiguous().to(known))
        return 100 * below / len(known)

    def threshold(self, name: str, quantile: float) -> float:
        """The score below which so large a share (0 to 1) of the validation pictures lies."""
        return torch.quantile(self.validation[name], quantile).item()

    def to_arrays(self) -> dict[str, Tensor]:
        """All of it but the model, as a checkpoint keeps it."""
        return dict(self.arrays) | {f"validation.{n}": v for n, v in self.validation.items()}

    @classmethod
    def from_arrays(cls, model: VAE, arrays: Mapping[str, Tensor]) -> "Detector":
        """The detector that `to_arrays` took apart; CheckpointError on anything else."""
        check_arrays(model, arrays)
        kept = {k: v for k, v in arrays.items() if not k.startswith("validation.")}
        names = [name for name in SCORES if f"validation.{name}" in arrays]
        return cls(model, kept, {name: arrays[f"validation.{name}"] for name in names})


def check_arrays(model: VAE, arrays: Mapping[str, Tensor]) -> None:
    """CheckpointError unless these are what a detector of this model needs, and usable numbers."""
    shapes = _shapes(model, arrays)
    wrong = sorted(set(shapes) ^ set(arrays))
    wrong += [key for key in shapes if key in arrays and not _usable(key, arrays, shapes[key])]
    wrong += [key for key in MOST if key in arrays and not 1 <= _length(arrays, key) <= MOST[key]]
    if not wrong:
        factors = arrays["mixture.precisions"]
        positive = {
            "mixture.weights": arrays["mixture.weights"],
            "mixture.precisions": factors if factors.ndim == 2 else _diagonal(factors),
            "usual.spread": arrays["usual.spread"] - LEAST_SPREAD / 2,
            "density": arrays["density"][1] - LEAST_SPREAD / 2,
        }
        wrong += [key for key, values in positive.items() if not (values > 0).all()]
        wrong += [k for k in shapes if k.startswith("validation.") and (arrays[k].diff() < 0).any()]
    if wrong:
        raise CheckpointError(f"the checkpoint's anomaly detector is not usable: {wrong[0]}.")


def _shapes(model: VAE, arrays: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """What the shapes of all arrays must be, given the lengths of three."""
    dims = model.config.latent_dim
    codes, components, kept = (_length(arrays, key) for key in MOST)
    diagonal = arrays.get("mixture.precisions", torch.empty(0)).ndim == 2
    names = [name for name in SCORES if model.config.variational or name not in BOUNDS]
    return {
        "codes": (codes, dims),
        "mixture.weights": (components,),
        "mixture.means": (components, dims),
        "mixture.precisions": (components, dims) if diagonal else (components, dims, dims),
        "usual.coefficients": (10,),
        "usual.range": (3, 3),
        "usual.most": (),
        "usual.spread": (),
        "density": (2,),
        **{f"validation.{name}": (kept,) for name in names},
    }


def _length(arrays: Mapping[str, Tensor], key: str) -> int:
    values = arrays.get(key)
    return len(values) if values is not None and values.ndim else 0


def _usable(key: str, arrays: Mapping[str, Tensor], shape: tuple[int, ...]) -> bool:
    """Whether an array is float32 of this shape, none of its values beyond sense."""
    values = arrays[key]
    most = LARGEST_SCORE if key.startswith("validation.") else LARGEST
    fits = values.dtype == torch.float32 and values.shape == shape
    return fits and bool((values.abs() <= most).all())  # no NaN either


def measure(
    model: VAE, arrays: Mapping[str, Tensor], x: Tensor, y: Tensor | None
) -> dict[str, Tensor]:
    """The single scores of pictures, and what `combine` needs beside them."""
    with torch.inference_mode():
        y = best_class(model, x) if model.config.classes and y is None else y
        y = y if model.config.classes else None
        mu, logvar = model.encode(x, y)
        logits = model.decode_logits(mu, y)
        nll = LIKELIHOODS[model.config.likelihood]
        pixels = x.flatten(1)
        error = (pixels - logits.sigmoid()).square().sum(dim=1)
        ink = pixels.square().sum(dim=1)
        found = {"reconstruction": nll(logits, pixels)}
        if model.config.variational:
            found["neg_elbo"], found["iw_nll"] = bounds(model, x, y, mu, logvar)
        found["relative_error"] = error / ink.clamp(min=LEAST_INK)
        distances = torch.cdist(mu, arrays["codes"])
        few = min(NEIGHBOURS, distances.shape[1])
        found["latent_distance"] = distances.topk(few, largest=False).values.mean(dim=1)
        found["latent_density"] = -mixture_log_density(arrays, mu)
        found["complexity"] = complexity(x)  # no score: (N, 3)
    return found


def combine(arrays: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Tensor:
    """The combined score (N,) from what `measure` found."""
    usual = complexity_features(found["complexity"], arrays) @ arrays["usual.coefficients"]
    usual = usual.minimum(arrays["usual.most"])  # no complexity excuses more than any known one
    surplus = (log_cost(found) - usual) / arrays["usual.spread"]
    middle, spread = arrays["density"]
    return surplus + DENSITY_SHARE * (found["latent_density"] - middle) / spread


def log_cost(found: Mapping[str, Tensor]) -> Tensor:
    """Logarithm of the -ELBO (N,), of the reconstruction where a model has no other."""
    return found["neg_elbo" if "neg_elbo" in found else "reconstruction"].clamp(min=1e-3).log()


def complexity(x: Tensor) -> Tensor:
    """Logarithms of total ink, squared ink and total variation, (N, 1, S, S) -> (N, 3).

    None is below 0: sums less than 1 count as 1, the ink of a single white pixel.
    """
    across, down = x.diff(dim=-1).abs(), x.diff(dim=-2).abs()
    parts = [x, x.square(), across, down]
    ink, squared, wide, high = (part.flatten(1).sum(dim=1) for part in parts)
    return torch.stack([ink, squared, wide + high], dim=1).clamp(min=LEAST_INK).log()


def complexity_features(complexity: Tensor, arrays: Mapping[str, Tensor]) -> Tensor:
    """1, the complexities and their products, (N, 3) -> (N, 10), for a linear regression.

    Outside of what validation pictures had, products stay as they are at the border; so do the
    complexities themselves above it, but not below: less ink costs less, down to none.
    """
    low, middle, high = arrays["usual.range"]
    kept = complexity.minimum(high) - middle
    within = kept.maximum(low - middle)
    first, second = torch.triu_indices(3, 3)
    return torch.cat([torch.ones_like(kept[:, :1]), kept, within[:, first] * within[:, second]], 1)


def bounds(
    model: VAE, x: Tensor, y: Tensor | None, mu: Tensor, logvar: Tensor
) -> tuple[Tensor, Tensor]:
    """-ELBO and -log p(x) (B,) in nats from the same SAMPLES posterior samples, grey pixels."""
    eps = torch.empty(SAMPLES, mu.shape[1]).normal_(generator=Generator().manual_seed(0))
    eps = eps[:, None]  # (K, 1, D): one noise for all pictures
    z = mu + (0.5 * logvar).exp() * eps
    labels = None if y is None else y.repeat(SAMPLES)
    logits = model.decode_logits(z.flatten(0, 1), labels).view(SAMPLES, len(x), -1)
    nll = LIKELIHOODS[model.config.likelihood](logits, x.flatten(1).expand_as(logits))
    ratio = 0.5 * (eps.square() + logvar - z.square()).sum(dim=-1)  # log p(z) - log q(z|x)
    bound = (ratio - nll).logsumexp(dim=0) - math.log(SAMPLES)
    return nll.mean(dim=0) + kl_divergence(mu, logvar).sum(dim=1), -bound


def best_class(model: VAE, x: Tensor) -> Tensor:
    """The class (B,) under which a conditional model explains each picture best."""
    costs = []
    for label in range(model.config.classes):
        y = torch.full((len(x),), label)
        mu, logvar = model.encode(x, y)
        nll = LIKELIHOODS[model.config.likelihood](model.decode_logits(mu, y), x.flatten(1))
        costs.append(nll + kl_divergence(mu, logvar).sum(dim=1) * model.config.variational)
    return torch.stack(costs).argmin(dim=0)


def _diagonal(factors: Tensor) -> Tensor:
    return factors.diagonal(dim1=1, dim2=2)  # (K, D, D) -> (K, D)


def mixture_log_density(arrays: Mapping[str, Tensor], z: Tensor) -> Tensor:
    """log sum_k w_k N(z; m_k, (L_k L_k^T)^-1) of places (N, D) -> (N,).

    The factors L are (K, D, D), or (K, D) where they are diagonal.
    """
    weights, means, factors = (arrays[f"mixture.{n}"] for n in ("weights", "means", "precisions"))
    apart = z[:, None] - means  # (N, K, D)
    if factors.ndim == 2:
        white, diagonal = apart * factors, factors
    else:
        white = torch.einsum("nkd,kde->nke", apart, factors)
        diagonal = _diagonal(factors)
    half_log_det = diagonal.log().sum(dim=1)
    constant = weights.log() + half_log_det - 0.5 * z.shape[1] * math.log(2 * math.pi)
    return (constant - 0.5 * white.square().sum(dim=-1)).logsumexp(dim=1)
