"""Other models of the same pictures: those that judge a model, and those it is compared with."""

import contextlib

from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation.classes import class_judge
from vae_explorer.evaluation.classes.class_judge import Classifier
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.training.runs import model_matching
from vae_explorer.training.runs.model_library import ModelEntry, list_models
from vae_explorer.training.runs.model_matching import Facts
from vae_explorer.ui.session import latent_space, model_cache
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept


def classifier(space: Space) -> Classifier | None:
    """The best other model that can classify this one's pictures; None where there is none."""
    others = model_matching.classifiers(_facts(space), _all_facts())
    return _classifier(_open(others[0].key)) if others else None


def counterparts(space: Space) -> list[Facts]:
    """Conditional models for an unconditional one, and the other way round."""
    return _shipped_first(model_matching.counterparts(_facts(space), _all_facts()))


def companions(space: Space) -> list[Facts]:
    """Unconditional models of the same pictures: shipped ones, of the other kind, first."""
    return _shipped_first(model_matching.companions(_facts(space), _all_facts()))


def is_shipped(chosen: Facts) -> bool:
    """Whether a model was installed with the package: a run may have ended after an epoch."""
    return ":" not in chosen.key


def _shipped_first(models: list[Facts]) -> list[Facts]:
    return sorted(models, key=lambda model: not is_shipped(model))


def space_of(chosen: Facts) -> Space:
    """The latent space of one of them; CheckpointError where its file has just gone."""
    return latent_space.of(_open(chosen.key))


def _facts(space: Space) -> Facts:
    return model_matching.facts("", space.checkpoint)


def _all_facts() -> list[Facts]:
    """Of all models that can be opened."""
    facts = []
    for entry in list_models():
        with contextlib.suppress(CheckpointError):  # reported where it is chosen
            facts.append(model_cache.summary(entry).facts)
    return facts


def _open(key: str) -> Checkpoint:
    entry: ModelEntry | None = next((e for e in list_models() if e.key == key), None)
    if entry is None:
        raise CheckpointError("a model compared with this one is gone: choose another.")
    return model_cache.load(entry)


@kept(4)
def _classifier(checkpoint: Checkpoint) -> Classifier:
    return class_judge.classifier_of(checkpoint)
