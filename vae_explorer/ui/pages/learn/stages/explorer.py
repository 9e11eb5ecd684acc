"""The live view of Explore, watched: which way the learner has gone, and what lies there."""

from typing import Any

import torch
from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.ui.components import live_view
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import current_place, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import live_view_payload, neighbours, projection_view

VIEW = "learn"  # the key of this page's live view


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """Draw the live view; what is observed: see `_observed`."""
    z = current_place.get(space)
    projected = projection_view.project(space, projection_view.default_view(space))
    _follow(space, memory, z)
    live_view.explorer(live_view_payload.blob(space, projected, VIEW), key=VIEW)
    return _observed(space, memory.get("places", []), z)


def _follow(space: Space, memory: dict[str, Any], z: Tensor) -> None:
    """Keep in step with the browser, and note where it rests."""
    if memory["recording"] and "places" not in memory:
        memory["places"] = [z.tolist()]

    def rested(news: dict[str, Any]) -> None:
        current_place.receive(space, news)
        if memory["recording"]:
            memory.setdefault("places", []).append(current_place.get(space).tolist())

    moves = registry.MOVES.get(0)
    current_place.write_link(space, z)
    live_view.place_sync(
        VIEW,
        key="learn_sync",
        on_rest=rested,
        z=z,
        label=registry.LABEL.get() or 0,
        moves=moves,
        path=current_place.path_taken(moves),
        model=space.checkpoint.sha256,
    )


def _observed(space: Space, places: list[list[float]], z: Tensor) -> dict[str, Any]:
    """Of all places since the prediction, and of the last one; lengths in latent units."""
    visited = torch.tensor(places) if places else z.unsqueeze(0)
    spans = visited.amax(dim=0) - visited.amin(dim=0)
    along = int(spans.argmax())
    others = [float(span) for dim, span in enumerate(spans) if dim != along]
    near = [geometry.nearest(space.codes.mu, place, 1) for place in visited]
    indices = torch.cat([found.indices for found in near])
    distances = torch.cat([found.distances for found in near])
    labels = space.codes.labels[indices]
    return {
        "moves": max(0, len(places) - 1),
        "span": float(spans[along]),
        "axis": f"z{along + 1}",
        "others": max(others, default=0.0),
        "classes": len(labels.unique()),
        "class_names": _names(space, labels),
        "nearest": neighbours.class_name(space, int(indices[-1])),
        "distance": float(distances[-1]),
        "farthest": float(distances.max()),
        "typical": space.typical,
        "times_typical": float(distances.max()) / space.typical,
        "radius": float(z.norm()),
    }


def _names(space: Space, labels: Tensor) -> str:
    """The classes passed, each once, in the order of the walk."""
    seen = dict.fromkeys(space.classes[label] for label in labels.tolist())
    return ", ".join(seen)
