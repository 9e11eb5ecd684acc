"""All models with all their scores: sorted by any column, each figure with its protocol."""

from collections.abc import Collection, Sequence

from vae_explorer.evaluation.model_comparison import (
    COLUMNS,
    HIGHER_IS_BETTER,
    TITLES,
    Row,
    best,
    text_of,
)
from vae_explorer.ui.components.browser import bundle

ABOUT = {
    "neg_elbo": "the bound on −log p(x) that is trained, nats",
    "reconstruction": "−log p(x|z), nats: the distortion",
    "kl": "KL(q(z|x) || N(0, I)), nats: the rate",
    "iw_nll": "−log p(x) by importance sampling, nats",
    "prior_nll": "−log p(x) by points of the prior, no encoder, nats",
    "amortisation_gap": "what the bound loses as one encoder serves all pictures, nats",
    "knn_accuracy": "digits classed by their five nearest codes",
    "active_units": "coordinates that carry something",
    "class_told": "share of the class's entropy that the best single coordinate tells",
    "class_gap": "by how much it tells more than the next: the mutual information gap",
}


def show(rows: Sequence[Row], *, key: str, chosen: Collection[str] = ()) -> None:
    """The table; rows of the models `chosen` stand out.

    A click on a title sorts by it, a click on a figure shows how it was measured.
    """
    shown = [name for name in COLUMNS if any(name in row.scores for row in rows)]
    first = best(rows)
    data = {
        "columns": [
            {"title": TITLES[name], "about": ABOUT[name], "down": name in HIGHER_IS_BETTER}
            for name in shown
        ],
        "rows": [
            {
                "name": row.name,
                "kind": row.kind,
                "dataset": row.dataset or "?",
                "size": row.latent_dim,
                "source": row.source,
                "link": row.link,
                "chosen": row.name in chosen and not row.source,
                "cells": [_cell(row, name, (i, name) in first) for name in shown],
            }
            for i, row in enumerate(rows)
        ],
    }
    bundle.component("score_table")(key=key, data=data)


def _cell(row: Row, name: str, first: bool) -> dict | None:
    if name not in row.scores:
        return None
    protocol = row.scores[name].protocol
    return {
        "text": text_of(row, name),
        "value": row.value(name),
        "best": first,
        "protocol": f"{row.name}, {TITLES[name]} {text_of(row, name)}: {protocol}.",
    }
