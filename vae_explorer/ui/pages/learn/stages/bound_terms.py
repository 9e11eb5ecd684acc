"""The bound of one picture, term by term, under a Gaussian that the learner may move."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.latent import geometry
from vae_explorer.models import inference
from vae_explorer.teaching.bound import Bound, bound
from vae_explorer.ui.pages.learn import example
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import pictures, widgets

DRAWS = 64  # by which expectations are measured, the same for all
WIDTH = 112  # CSS pixels of a picture
TERMS = ("reconstruction", "KL")
CHART = {
    "height": 110,
    "mark": "bar",
    "encoding": {
        "x": {"field": "nats", "type": "quantitative", "title": "nats"},
        "y": {"field": "whose", "type": "nominal", "title": None, "sort": None},
        "color": {
            "field": "term",
            "type": "nominal",
            "title": None,
            "scale": {"domain": TERMS, "range": [widgets.NORMAL, widgets.ANOMALOUS]},
        },
        "order": {"field": "place"},
    },
}


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """The terms of a picture; with the setting "move", sliders that move the code it is given."""
    chosen = example.choose(space, memory, "bound_example")
    if memory["recording"]:
        memory.setdefault("chosen", set()).add(chosen.item)
    informative = int(chosen.sigma.argmin())
    shift = _shift(chosen, informative) if "move" in settings else 0.0
    mu = chosen.mu.clone()
    mu[informative] += shift * chosen.sigma[informative]
    encoder, moved = (_bound(space, chosen, place) for place in (chosen.mu, mu))
    _draw(space, chosen, mu, moved)
    rows = {"the encoder's code": encoder} | ({"the moved code": moved} if shift else {})
    widgets.chart(CHART, _bars(rows), "reconstruction and KL of the picture, in nats")
    return _observed(chosen, encoder, moved, shift, len(memory.get("chosen", ())))


def _shift(chosen: example.Example, coordinate: int) -> float:
    return st.slider(
        f"Move μ{coordinate + 1} by so many of its σ ({chosen.sigma[coordinate]:.3f})",
        -30.0,
        30.0,
        0.0,
        1.0,
        key="bound_shift",
    )


def _bound(space: Space, chosen: example.Example, mu: Tensor) -> Bound:
    eps = geometry.prior_samples(list(range(DRAWS)), len(mu))
    y = torch.tensor([chosen.label]) if space.checkpoint.config.classes else None
    return bound(space.checkpoint.model, chosen.x, y, mu, chosen.sigma, eps)


def _draw(space: Space, chosen: example.Example, mu: Tensor, terms: Bound) -> None:
    """The picture, what is decoded at the code, and what each pixel costs."""
    decoded = inference.decode(space.checkpoint, mu, chosen.label)[0]
    costs = terms.pixels.sum(dim=0, keepdim=True)
    shown = {
        "x": figures.to_bytes(chosen.x),
        "decoded at μ": figures.to_bytes(decoded),
        f"cost of each pixel, up to {costs.max():.1f} nats": figures.to_bytes(
            costs / costs.max().clamp(min=1e-9)
        ),
    }
    pictures.gallery(list(shown.values()), list(shown), width=WIDTH)


def _bars(rows: dict[str, Bound]) -> list[dict[str, Any]]:
    return [
        {"whose": whose, "term": term, "nats": round(nats, 2), "place": place}
        for whose, terms in rows.items()
        for place, (term, nats) in enumerate(
            zip(TERMS, (terms.reconstruction, float(terms.kl.sum())), strict=True)
        )
    ]


def _observed(
    chosen: example.Example, encoder: Bound, moved: Bound, shift: float, count: int
) -> Observation:
    kl = float(encoder.kl.sum())
    return {
        "chosen": count,
        "name": chosen.name,
        "values": chosen.x.numel(),
        "reconstruction": encoder.reconstruction,
        "kl": kl,
        "neg_elbo": encoder.neg_elbo,
        "ratio": encoder.reconstruction / kl,
        "pixel_mean": encoder.pixel_mean,
        "kl_to_mean": kl / encoder.pixel_mean,
        "larger": int(kl > encoder.reconstruction),
        "shift": shift,
        "moved_reconstruction": moved.reconstruction,
        "moved_kl": float(moved.kl.sum()),
        "reconstruction_rise": moved.reconstruction - encoder.reconstruction,
        "kl_rise": float(moved.kl.sum()) - kl,
        "elbo_rise": moved.neg_elbo - encoder.neg_elbo,
    }
