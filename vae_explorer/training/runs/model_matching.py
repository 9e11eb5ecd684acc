"""Which other models at hand can stand beside one: as its classifier or its counterpart.

Knows models by a few facts, so that many can be looked through without keeping any in memory.
"""

from collections.abc import Iterable
from typing import NamedTuple

from vae_explorer.models.checkpoints import Checkpoint


class Facts(NamedTuple):
    """What a model is chosen by."""

    key: str  # that of the library
    name: str
    sha256: str
    dataset: str  # "": nobody knows
    image_size: int
    latent_dim: int
    conditional: bool
    variational: bool
    encoded: bool  # whether its file carries encoded pictures
    accuracy: float  # of its neighbours on test pictures, 0 to 1; 0 where nobody has measured it
    parameters: int = 0
    elbo: bool = True  # trained on the ELBO itself: beta 1, no importance weights


def facts(key: str, checkpoint: Checkpoint) -> Facts:
    """The facts of a model."""
    config, training = checkpoint.config, checkpoint.training
    value = checkpoint.scores.get("knn_accuracy", {}).get("value")
    usable = isinstance(value, int | float) and 0 <= value <= 1
    return Facts(
        key=key,
        name=checkpoint.name,
        sha256=checkpoint.sha256,
        dataset=checkpoint.dataset,
        image_size=config.image_size,
        latent_dim=config.latent_dim,
        conditional=bool(config.classes),
        variational=config.variational,
        encoded=checkpoint.encoded is not None,
        accuracy=float(value) if usable else 0.0,
        elbo=training.get("beta", 1) == 1 and training.get("objective", "elbo") == "elbo",
        parameters=sum(weight.numel() for weight in checkpoint.model.parameters()),
    )


def classifiers(model: Facts, others: Iterable[Facts]) -> list[Facts]:
    """Models that can say what a picture made by another shows, the most accurate first.

    Never the model itself; and no conditional one, whose encoder would have to be told the class.
    """
    candidates = [
        other
        for other in _same_pictures(model, others)
        if other.encoded and not other.conditional and other.accuracy > 0
    ]
    return sorted(candidates, key=lambda other: -other.accuracy)


def counterparts(model: Facts, others: Iterable[Facts]) -> list[Facts]:
    """Conditional models for an unconditional one, and the other way round: those most alike first.

    Alike is being variational too, as many coordinates, the same objective, and as large.
    """
    candidates = [o for o in _same_pictures(model, others) if o.conditional != model.conditional]
    candidates = [o for o in candidates if o.conditional or o.encoded]  # for a class's density

    def difference(other: Facts) -> tuple[bool, int, bool, int]:
        return (
            other.variational != model.variational,
            abs(other.latent_dim - model.latent_dim),
            other.elbo != model.elbo,
            abs(other.parameters - model.parameters),
        )

    return sorted(candidates, key=difference)


def companions(model: Facts, others: Iterable[Facts]) -> list[Facts]:
    """Unconditional models to walk between the same endpoints: those of the other kind first.

    To a variational one that is the plain autoencoder, and the other way round; then those with
    the same number of coordinates.
    """
    candidates = [o for o in _same_pictures(model, others) if o.encoded and not o.conditional]

    def difference(other: Facts) -> tuple[bool, int]:
        return other.variational == model.variational, abs(other.latent_dim - model.latent_dim)

    return sorted(candidates, key=difference)


def _same_pictures(model: Facts, others: Iterable[Facts]) -> list[Facts]:
    """Other models of the same pictures."""
    return [
        other
        for other in others
        if other.sha256 != model.sha256
        and other.dataset == model.dataset != ""
        and other.image_size == model.image_size
    ]
