"""The live view of Explore, watched: which way the learner has gone, and what lies there."""

from typing import Any

import torch
from torch import Tensor

from vae_explorer.teaching.visited import visited
from vae_explorer.ui.components import live_view
from vae_explorer.ui.pages.learn.lesson import Observation
from vae_explorer.ui.session import current_place, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import live_view_payload, neighbours, projection_view

VIEW = "learn"  # the key of this page's live view


def show(space: Space, memory: dict[str, Any], settings: dict[str, str]) -> Observation:
    """Draw the live view; what is observed: see `_observed`."""
    current_place.follow_history(space)
    z = current_place.get(space)
    projected = projection_view.project(space, projection_view.default_view(space))
    _follow(space, memory, z)
    live_view.explorer(live_view_payload.blob(space, projected, VIEW), key=VIEW)
    return _observed(space, memory.get("places", [z.tolist()]))


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


def _observed(space: Space, places: list[list[float]]) -> Observation:
    """Of all places since the prediction, and of the last one; lengths in latent units."""
    seen = visited(space.codes.mu, torch.tensor(places))
    labels = space.codes.labels[seen.nearest].tolist()
    return {
        "moves": len(places) - 1,
        "axis": f"z{seen.along + 1}",
        "span": seen.span,
        "others": seen.others,
        "classes": len(set(labels)),
        "class_names": ", ".join(dict.fromkeys(space.classes[label] for label in labels)),
        "nearest": neighbours.class_name(space, int(seen.nearest[-1])),
        "distance": float(seen.distances[-1]),
        "farthest": seen.farthest,
        "typical": space.typical,
        "times_typical": seen.farthest / space.typical,
        "radius": seen.radius,
    }
