"""Ten questions of what happens if, each answered by doing it with the model in hand.

A run takes a model with its encoded pictures, and says which option comes true and by what figures.
The table of questions is `QUESTIONS`: a new one is a function and its entry. N codes of D
coordinates.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.likelihoods import kl_divergence
from vae_explorer.teaching.bound import encoded_costs
from vae_explorer.teaching.emptiness import emptiness

ASKED = 200  # encoded pictures that a run looks at
FAINT = 0.05  # of the brightness that is left
USED_NATS = 0.1  # of KL, from which a coordinate is in use


class Outcome(NamedTuple):
    """What came of a run."""

    right: int  # the option that has come true
    text: str  # by what figures, a sentence or two


class Model(NamedTuple):
    """What runs are done with: an unconditional VAE and encoded pictures."""

    checkpoint: Checkpoint
    codes: EncodedSet
    typical: float  # see `geometry.typical_spacing`

    @property
    def asked(self) -> EncodedSet:
        """The n pictures that runs look at: some, and at most half of all."""
        count = max(1, min(ASKED, len(self.codes.mu) // 2))
        mu, logvar, labels, split = self.codes
        return EncodedSet(mu[:count], logvar[:count], labels[:count], split)

    @property
    def others(self) -> Tensor:
        """Codes of all others, which these are compared with; where there are none, of all."""
        rest = self.codes.mu[len(self.asked.mu) :]
        return rest if len(rest) else self.codes.mu

    def classes(self, places: Tensor) -> Tensor:
        """The class of the nearest other code to each place (n, D): (n,)."""
        labels = self.codes.labels[-len(self.others) :]
        nearest = [int(geometry.nearest(self.others, place, 1).indices[0]) for place in places]
        return labels[torch.tensor(nearest, dtype=torch.int64)]

    def far(self, places: Tensor) -> float:
        """The share of places (n, D) that are far from all other codes."""
        return float((emptiness(self.others, places, self.typical) > 1).double().mean())

    def decode(self, places: Tensor) -> Tensor:
        """(n, D) -> (n, C, H, W)."""
        return inference.decode(self.checkpoint, places)

    def prior(self, count: int) -> Tensor:
        """Draws of N(0, I), (count, D)."""
        return geometry.prior_samples(list(range(count)), self.codes.mu.shape[1])


def doubled(model: Model) -> Outcome:
    """Codes times two."""
    mu = model.asked.mu
    near, far = model.far(mu), model.far(2 * mu)
    return Outcome(
        0 if far > near + 0.1 else 1,
        f"Of {len(mu)} codes {_percent(near)} lie far from all others; of the doubled ones "
        f"{_percent(far)}.",
    )


def hot(model: Model) -> Outcome:
    """Draws from a prior twice as wide."""
    draws = model.prior(ASKED)
    cold, warm = model.far(draws), model.far(2 * draws)
    return Outcome(
        0 if warm > cold + 0.05 else 1,
        f"Of {ASKED} draws of N(0, I) {_percent(cold)} lie far from all real data, of as many "
        f"twice as far out {_percent(warm)}.",
    )


def swapped(model: Model) -> Outcome:
    """The first two coordinates exchanged; of a single one, its sign."""
    places = model.asked.mu.clone()
    if places.shape[1] > 1:
        places[:, [0, 1]] = places[:, [1, 0]]
    else:
        places = -places
    kept = float((model.classes(places) == model.asked.labels).double().mean())
    return Outcome(
        0 if kept < 0.75 else 1,
        f"{_percent(kept)} of the codes still lie among pictures of their own class: a coordinate "
        "has a meaning only beside the others.",
    )


def shaken(model: Model) -> Outcome:
    """Each code moved by its own posterior's deviation, at random."""
    mu, logvar, labels, _ = model.asked
    noise = torch.empty_like(mu).normal_(generator=Generator().manual_seed(0))
    places = mu + (0.5 * logvar).exp() * noise
    still, moved = ((model.classes(z) == labels).double().mean().item() for z in (mu, places))
    return Outcome(
        0 if moved >= still - 0.05 else 1,
        f"Before, {_percent(still)} lay nearest to another picture of their class, and then "
        f"{_percent(moved)}: this is the noise that the decoder was trained with.",
    )


def certain(model: Model) -> Outcome:
    """Every sigma divided by ten."""
    mu, logvar, _, _ = model.asked
    before = float(kl_divergence(mu, logvar).sum(dim=1).mean())
    after = float(kl_divergence(mu, logvar - 2 * torch.tensor(10.0).log()).sum(dim=1).mean())
    return Outcome(
        0 if after > before else 1,
        f"The KL goes from {before:.1f} to {after:.1f} nats: to say a code ten times as precisely "
        "costs log 10 = 2.3 nats a coordinate.",
    )


def middle(model: Model) -> Outcome:
    """The origin."""
    origin = torch.zeros(1, model.codes.mu.shape[1])
    empty = float(emptiness(model.codes.mu, origin, model.typical))
    return Outcome(
        0 if empty <= 1 else 1,
        f"The nearest code is {empty:.1f} times the usual spacing away. The prior is densest "
        "there, and codes are drawn to it.",
    )


def again(model: Model) -> Outcome:
    """A reconstruction reconstructed."""
    first = model.decode(model.asked.mu)
    second = inference.reconstruct(model.checkpoint, first).pictures
    third = inference.reconstruct(model.checkpoint, second).pictures
    steps = [float((b - a).abs().mean()) for a, b in ((first, second), (second, third))]
    return Outcome(
        0 if steps[1] < steps[0] else 1,
        f"The first time a pixel changes by {steps[0]:.4f} on average, the second time by "
        f"{steps[1]:.4f}: what the model can say of a picture it has said.",
    )


def faded(model: Model) -> Outcome:
    """Nearly all of the brightness taken away."""
    x = model.decode(model.asked.mu)
    whole, faint = (_neg_elbo(model, share * x) for share in (1.0, FAINT))
    return Outcome(
        0 if faint < whole else 1,
        f"−ELBO goes from {whole:.0f} to {faint:.0f} nats on average. Little ink is cheap to "
        "explain where a decoder can draw it; one of few coordinates may not be able to.",
    )


def used(model: Model) -> Outcome:
    """Coordinates that carry information."""
    kl = kl_divergence(model.codes.mu, model.codes.logvar).mean(dim=0)
    active, count = int((kl > USED_NATS).sum()), len(kl)
    return Outcome(
        0 if active == count else 1,
        f"{active} of {count} coordinates carry more than {USED_NATS} nats of a picture. One that "
        "does not help the decoder costs KL, so training lets it go.",
    )


def between(model: Model) -> Outcome:
    """The middle between two codes of different classes."""
    mu, _, labels, _ = model.asked
    pairs = labels[:-1] != labels[1:]
    middles = ((mu[:-1] + mu[1:]) / 2)[pairs]
    found = model.classes(middles)
    others = (found != labels[:-1][pairs]) & (found != labels[1:][pairs])
    share = float(others.double().mean()) if len(middles) else 0.0
    return Outcome(
        0 if share > 0.25 else 1,
        f"Of {len(middles)} pairs {_percent(share)} have a third class in the middle: a latent "
        "space has neighbours of its own, and a straight walk passes through them.",
    )


class Question(NamedTuple):
    """A question, its options, and the run that answers it."""

    text: str
    options: tuple[str, ...]
    run: Callable[[Model], Outcome]


QUESTIONS = {
    "doubled": Question(
        "You double every coordinate of the codes. Where do they land?",
        ("Many of them far from all real data.", "Among the data, as before."),
        doubled,
    ),
    "hot": Question(
        "You draw from a prior that is twice as wide.",
        ("More draws fall where no data is.", "Hardly anything changes: the decoder is smooth."),
        hot,
    ),
    "swapped": Question(
        "You exchange z1 and z2 of every code.",
        ("Most codes then mean another class.", "Most keep their class: only the order changed."),
        swapped,
    ),
    "shaken": Question(
        "You move every code at random by its own σ.",
        ("As many as before lie by their own class.", "Many end among another class."),
        shaken,
    ),
    "certain": Question(
        "You make every σ ten times smaller. What happens to the KL?",
        ("It rises.", "It falls: there is less noise to regularise."),
        certain,
    ),
    "middle": Question(
        "You decode z = 0, the middle of the prior.",
        ("It lies among the data.", "It lies in a hole: nothing is at the middle."),
        middle,
    ),
    "again": Question(
        "You reconstruct a reconstruction, and then that one again.",
        ("The second time changes less than the first.", "Each time loses as much as the last."),
        again,
    ),
    "faded": Question(
        "You fade pictures to a twentieth of their brightness. What does the model say of their "
        "likelihood?",
        ("They become more likely: −ELBO falls.", "They become less likely: −ELBO rises."),
        faded,
    ),
    "used": Question(
        "Does the model use all of its coordinates?",
        ("Yes, each of them.", "No, some carry nothing."),
        used,
    ),
    "between": Question(
        "You go half way from a picture to one of another class. What is often there?",
        ("A third class.", "One of the two, or a mix of both."),
        between,
    ),
}


def outcome(name: str, model: Model) -> Outcome:
    """What comes of the question of this name."""
    return QUESTIONS[name].run(model)


def _neg_elbo(model: Model, x: Tensor) -> float:
    """As a mean over pictures (n, C, H, W)."""
    return float(encoded_costs(model.checkpoint.model, x, None)[1].mean())


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
