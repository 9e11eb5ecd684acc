"""Which class a generated picture shows, by its neighbours in another model's latent space.

Knows nothing of files or front ends. N pictures, D latent coordinates, C classes.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.errors import DataError
from vae_explorer.latent.generation import DECODING_BATCH, density_half, in_every_class, of_class
from vae_explorer.latent.posterior import votes
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet

NEIGHBOURS = 5
NORMAL_95 = 1.959964  # the normal's 97.5 % quantile
BOOTSTRAP = 1_000  # draws

Progress = Callable[[float], None]


class Rate(NamedTuple):
    """A share of so many trials, with its interval."""

    successes: int
    trials: int
    resampled: tuple[float, float] | None = None  # an interval for what is not drawn singly

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.successes / self.trials if self.trials else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % by Wilson 1927, "Probable Inference, the Law of Succession", eq. for the score.

        That takes each for a draw of its own; `resampled` stands in its place where there is one.
        """
        if self.resampled is not None:
            return self.resampled
        if not self.trials:
            return 0.0, 1.0
        n, p, q = self.trials, self.share, NORMAL_95**2
        middle = (p + q / (2 * n)) / (1 + q / n)
        half = NORMAL_95 / (1 + q / n) * math.sqrt(p * (1 - p) / n + q / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = (100 * end for end in self.interval)
        return f"{100 * self.share:.1f} % ({low:.1f} – {high:.1f})"


class Agreement(NamedTuple):
    """How often pictures show the class that was asked for."""

    by_class: dict[int, Rate]  # class number ->
    total: Rate


class Classifier(NamedTuple):
    """A model that says what pictures of another show, by their neighbours in its latent space."""

    checkpoint: Checkpoint
    mu: Tensor  # (M, D), codes of real pictures
    labels: Tensor  # (M,)
    accuracy: Agreement  # on the real pictures of `density_half`

    def classify(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, H, W) -> (N,) class numbers."""
        with torch.inference_mode():
            codes = [self.checkpoint.model.encode(x)[0] for x in pictures.split(DECODING_BATCH)]
        return self.classify_codes(torch.cat(codes)) if codes else torch.empty(0, dtype=torch.long)

    def classify_codes(self, codes: Tensor) -> Tensor:
        """Codes (N, D) -> (N,): what the votes of neighbours say, see `posterior.votes`."""
        labels = []
        for part in codes.split(DECODING_BATCH):
            nearest = torch.cdist(part, self.mu).topk(min(NEIGHBOURS, len(self.mu)), largest=False)
            labels.append(votes(nearest.values, self.labels[nearest.indices]).labels)
        return torch.cat(labels) if labels else torch.empty(0, dtype=torch.long)


def classifier_of(checkpoint: Checkpoint, encoded: EncodedSet | None = None) -> Classifier:
    """A model as a classifier; DataError where it cannot be one. Which to take: `model_matching`.

    Every second of its encoded pictures is a neighbour; on the others, which it has never been
    trained on either, its accuracy is measured.
    """
    encoded = encoded or checkpoint.encoded
    if encoded is None or len(encoded.mu) < 2 or checkpoint.config.classes:
        raise DataError(
            f"{checkpoint.name} cannot classify: it has no codes that tell classes apart."
        )
    half = density_half(encoded.labels)
    if half.all():
        raise DataError(
            f"{checkpoint.name} cannot classify: it has one encoded picture of a class."
        )
    unknown = Agreement({}, Rate(0, 0))
    classifier = Classifier(checkpoint, encoded.mu[~half], encoded.labels[~half], unknown)
    predicted = classifier.classify_codes(encoded.mu[half])
    return classifier._replace(accuracy=agreement(predicted, encoded.labels[half]))


def agreement(predicted: Tensor, requested: Tensor) -> Agreement:
    """How often two rows of class numbers (N,) agree, by the class that was asked for."""
    right = predicted == requested
    rates = {
        label: Rate(int(right[requested == label].sum()), int((requested == label).sum()))
        for label in requested.unique().tolist()
    }
    return Agreement(rates, Rate(int(right.sum()), len(right)))


def class_agreement(
    checkpoint: Checkpoint,
    encoded: EncodedSet | None,
    classifier: Classifier,
    *,
    per_class: int,
    temperature: float = 1.0,
    seed: int = 0,
    progress: Progress = lambda share: None,
) -> Agreement:
    """How often `of_class` makes what it was asked for, for each class that the classifier knows.

    Protocol: so many pictures of each class, each with a seed of its own, counted on from `seed`;
    a class without a density is left out. DataError where none is left.
    """
    predicted, requested, failure = [], [], None
    labels = classifier.labels.unique().tolist()
    for index, label in enumerate(labels):
        seeds = range(seed + label * per_class, seed + (label + 1) * per_class)
        try:
            made = of_class(checkpoint, encoded, label, seeds, temperature)
        except DataError as error:
            failure = error
        else:
            predicted.append(classifier.classify(made.pictures))
            requested.append(torch.full((per_class,), label))
        progress((index + 1) / len(labels))
    if failure is not None and not predicted:
        raise failure
    return agreement(torch.cat(predicted), torch.cat(requested))


def style_agreement(
    checkpoint: Checkpoint,
    encoded: EncodedSet | None,
    classifier: Classifier,
    *,
    styles: int,
    seed: int = 0,
) -> Agreement:
    """How often the style of a test picture, taken to another class, shows that class.

    Protocol: the first so many pictures of `density_half`, each in all classes but its own; the
    interval of the total is of draws of whole styles, as the pictures of one are not independent.
    DataError without encoded pictures, or where they are all of one class.
    """
    if encoded is None:
        raise DataError(f"{checkpoint.name} carries no encoded pictures to take styles from.")
    chosen = density_half(encoded.labels).nonzero().flatten()[:styles]
    z, labels = encoded.mu[chosen], encoded.labels[chosen]
    made = in_every_class(checkpoint, encoded, z, labels)
    requested = torch.arange(made.pictures.shape[1]).expand(len(z), -1)
    other = (requested != labels.unsqueeze(1)) & ~made.z.isnan().any(dim=2)
    if not other.any():
        raise DataError(
            f"{checkpoint.name} knows one class only: there is none to take a style to."
        )
    predicted = classifier.classify(made.pictures[other])
    right = torch.zeros(other.shape)
    right[other] = (predicted == requested[other]).float()
    interval = _resampled(right.sum(dim=1), other.sum(dim=1), Generator().manual_seed(seed))
    result = agreement(predicted, requested[other])
    return result._replace(total=result.total._replace(resampled=interval))


def _resampled(right: Tensor, trials: Tensor, generator: Generator) -> tuple[float, float]:
    """The central 95 % of the share that is right, counts by style (N,), over draws of N styles."""
    draws = torch.randint(len(right), (BOOTSTRAP, len(right)), generator=generator)
    shares = right[draws].sum(dim=1) / trials[draws].sum(dim=1).clamp(min=1)
    low, high = shares.quantile(torch.tensor([0.025, 0.975])).tolist()
    return low, high
