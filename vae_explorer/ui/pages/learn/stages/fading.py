"""A picture that fades away, and what the model says of its likelihood as it does."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.teaching.bound import encoded_costs
from vae_explorer.ui.pages.learn import example
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import latent_pictures, latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared import pictures, widgets

STEPS = 21  # of brightness
AVERAGED = 200  # pictures
WIDTH = 130  # CSS pixels of a picture
CHART = {
    "height": 170,
    "layer": [
        {"mark": "line"},
        {
            "mark": {"type": "point", "size": 120, "filled": True},
            "transform": [{"filter": "datum.here"}],
        },
    ],
    "encoding": {
        "x": {"field": "ink", "type": "quantitative", "title": "share of the ink"},
        "y": {
            "field": "nats",
            "type": "quantitative",
            "title": "−ELBO, nats",
            "scale": {"zero": False},
        },
        "color": {"value": widgets.NORMAL},
    },
}


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """A slider from the picture to an empty one."""
    chosen = example.choose(space, memory, "fading_example")
    ink = st.slider("Share of the ink", 0.0, 1.0, 1.0, 0.05, key="ink")
    shares = torch.linspace(0, 1, STEPS)
    x = shares.view(-1, 1, 1, 1) * chosen.x
    mu, neg_elbo = _neg_elbo(space.checkpoint, x, torch.full((STEPS,), chosen.label))
    costs = _by_class(space.checkpoint)
    cheapest, dearest = (pick(costs, key=costs.__getitem__) for pick in (min, max))
    here = round(ink * (STEPS - 1))
    decoded = inference.decode(space.checkpoint, mu[here], chosen.label)[0]
    shown = {
        f"x, {100 * ink:.0f} % of its ink": figures.to_bytes(x[here]),
        "reconstruction": figures.to_bytes(decoded),
    }
    pictures.gallery(list(shown.values()), list(shown), width=WIDTH)
    rows = [
        {"ink": round(float(share), 2), "nats": round(float(nats), 2), "here": i == here}
        for i, (share, nats) in enumerate(zip(shares, neg_elbo, strict=True))
    ]
    widgets.chart(CHART, rows, "−ELBO of the picture by its share of ink")
    return {
        "ink": ink,
        "name": chosen.name,
        "whole": float(neg_elbo[-1]),
        "empty": float(neg_elbo[0]),
        "now": float(neg_elbo[here]),
        "highest": float(neg_elbo.max()),
        "times": float(neg_elbo[-1] / neg_elbo[0].clamp(min=1e-9)),
        "cheapest": cheapest,
        "cheapest_nats": costs[cheapest],
        "dearest": dearest,
        "dearest_nats": costs[dearest],
        "fooled": int(neg_elbo[0] >= neg_elbo[-1]),
    }


def _neg_elbo(checkpoint: Checkpoint, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Codes (N, D) of pictures (N, C, H, W), and what these cost, (N,) nats."""
    y = labels if checkpoint.config.classes else None
    return encoded_costs(checkpoint.model, x, y)


@kept(8)
def _by_class(checkpoint: Checkpoint) -> dict[str, float]:
    """What the first encoded pictures cost, as a mean by the name of their class, nats."""
    space = latent_space.of(checkpoint)
    items = list(range(min(AVERAGED, len(space.codes.mu))))
    x, _ = latent_pictures.encoded_pictures(space, items)
    labels = space.codes.labels[items]
    nats = _neg_elbo(checkpoint, x, labels)[1]
    return {
        space.classes[label]: float(nats[labels == label].mean())
        for label in labels.unique().tolist()
    }
