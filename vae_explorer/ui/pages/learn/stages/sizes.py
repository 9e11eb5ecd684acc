"""One picture through models of few and of many coordinates."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.errors import ExplorerError
from vae_explorer.models import inference
from vae_explorer.teaching.bound import bound
from vae_explorer.ui.pages.learn import example
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import related_models
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import pictures

DRAWS = 64  # by which a bound is measured


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """Models of the same pictures to choose from, and what each makes of one picture."""
    chosen = example.choose(space, memory, "sizes_example")
    models = _models(space, chosen)
    names = st.pills(
        "Models, by their number of coordinates",
        list(models),
        selection_mode="multi",
        default=[space.checkpoint.name],
        key="sizes_models",
    )
    if memory["recording"]:
        memory.setdefault("models", set()).update(names)
    shown = [models[name] for name in models if name in names]
    costs = {each.checkpoint.name: _cost(each, chosen) for each in shown}
    if shown:
        pictures.strips(
            [chosen.x.unsqueeze(0), *(_reconstructed(each, chosen) for each in shown)],
            ["x", *(f"{len(each.ranges)}-D" for each in shown)],
            "the picture, and its reconstruction by each model",
        )
    known = memory.setdefault("costs", {})
    known.update({len(each.ranges): costs[each.checkpoint.name] for each in shown})
    fewest, most = min(known, default=0), max(known, default=0)
    return {
        "models": len(memory.get("models", ())),
        "name": chosen.name,
        "fewest": fewest,
        "most": most,
        "few_reconstruction": known.get(fewest, (0.0, 0.0))[0],
        "few_kl": known.get(fewest, (0.0, 0.0))[1],
        "many_reconstruction": known.get(most, (0.0, 0.0))[0],
        "many_kl": known.get(most, (0.0, 0.0))[1],
    }


def _models(space: Space, chosen: example.Example) -> dict[str, Space]:
    """Variational models of the same pictures by name, of few coordinates first."""
    spaces = [space, *map(related_models.space_of, related_models.companions(space))]
    spaces = [each for each in spaces if each.checkpoint.config.variational]
    sizes = {len(each.ranges): each for each in reversed(spaces)}  # one of each size, this first
    if len(sizes) < 2:
        raise ExplorerError(
            "this step compares models of different sizes, and of these pictures there is one "
            "alone: choose mnist-3d in the sidebar."
        )
    return {sizes[size].checkpoint.name: sizes[size] for size in sorted(sizes)}


def _reconstructed(space: Space, chosen: example.Example) -> Tensor:
    return inference.reconstruct(space.checkpoint, chosen.x.unsqueeze(0)).pictures


def _cost(space: Space, chosen: example.Example) -> tuple[float, float]:
    """Reconstruction and KL of the picture, nats."""
    made = inference.reconstruct(space.checkpoint, chosen.x.unsqueeze(0))
    eps = torch.empty(DRAWS, len(space.ranges)).normal_(generator=torch.Generator().manual_seed(0))
    terms = bound(space.checkpoint.model, chosen.x, None, made.mu[0], made.sigma[0], eps)
    return terms.reconstruction, float(terms.kl.sum())
