"""The model that pages show: which one it is, and how a page makes it another."""

import contextlib

from torch import Tensor

from vae_explorer.access import limits, mode
from vae_explorer.errors import CheckpointError, ExplorerError
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.ui.session import current_place, latent_space, model_cache, registry


def uploaded() -> dict[str, Checkpoint]:
    """The models that this visitor has added, by key."""
    return registry.UPLOADED_MODELS.start(dict)


def add(checkpoint: Checkpoint) -> None:
    """Keep a model for this visitor, and choose it.

    On a public server the oldest that were added go where all take more than a page may hold.
    """
    key, kept = f"added:{checkpoint.sha256[:8]}", uploaded()
    kept[key] = checkpoint
    while mode.is_public() and len(kept) > 1:
        if sum(map(_bytes, kept.values())) <= limits.current().session_mb * 1e6:
            break
        del kept[next(iter(kept))]
    choose(key)


def _bytes(checkpoint: Checkpoint) -> int:
    """What the tensors of a model take in memory."""
    encoded = checkpoint.encoded
    tensors = [*checkpoint.model.state_dict().values(), *([] if encoded is None else encoded[:3])]
    tensors += [] if checkpoint.pictures is None else [checkpoint.pictures]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def titles() -> dict[str, str]:
    """All models that can be chosen, key -> title: those at hand, then those added."""
    known = {entry.key: entry.title for entry in list_models()}
    return known | {key: f"{c.name} (added)" for key, c in uploaded().items()}


def titles_of(*, molecules: bool) -> dict[str, str]:
    """The models of molecules, or all others, that have a network: key -> title."""
    kinds = {entry.key: model_cache.of_molecules(entry) for entry in list_models()}
    kinds |= {key: isinstance(c.config, MoleculeConfig) for key, c in uploaded().items()}
    return {key: title for key, title in titles().items() if kinds.get(key) == molecules}


def chosen() -> str:
    """The key of the model that pages show."""
    return registry.MODEL.get("")


def current() -> Checkpoint:
    """The chosen model; CheckpointError when its file is gone or damaged."""
    key = registry.MODEL.get()
    if key in uploaded():
        return uploaded()[key]
    for entry in list_models():
        if entry.key == key:
            return model_cache.load(entry)
    raise CheckpointError("no model is at hand: train one on the Train page, or add a checkpoint.")


def of_molecules() -> bool:
    """Whether the chosen model makes molecules; False where it cannot be opened."""
    with contextlib.suppress(ExplorerError):  # a damaged model is reported where it is shown
        return isinstance(current().config, MoleculeConfig)
    return False


def choose(key: str, at: tuple[Tensor, int] | None = None) -> None:
    """Make a model the chosen one from the next run on, and go to a place (z, class) in it."""
    registry.NEXT_MODEL.put(key)
    registry.NEXT_PLACE.put(at)


def switch() -> None:
    """Do what `choose` asked for; to be called before the chooser is drawn."""
    if registry.NEXT_MODEL.is_set:
        registry.MODEL.put(registry.NEXT_MODEL.get())
        start_over()
        place = registry.NEXT_PLACE.get()
        if place is not None:
            with contextlib.suppress(ExplorerError):  # reported where the model is shown
                current_place.go_to_as(latent_space.of(current()), *place)


def switched() -> None:
    """Forget what `choose` asked for; once the chooser is drawn: a click may end a run early."""
    registry.NEXT_MODEL.take()
    registry.NEXT_PLACE.take()


def start_over() -> None:
    """Go to the middle of the data of a model that has just been chosen."""
    with contextlib.suppress(ExplorerError):  # a damaged model is reported where it is shown
        current_place.start_over(latent_space.of(current()))
