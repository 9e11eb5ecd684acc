"""All models with all their scores: sorted by any column, each figure with its protocol."""

from collections.abc import Collection, Sequence

from vae_explorer.evaluation.model_comparison import (
    COLUMNS,
    HIGHER_IS_BETTER,
    RANKED,
    TITLES,
    Row,
    TableColumns,
    best,
    text_of,
)
from vae_explorer.ui import messages
from vae_explorer.ui.components.browser import bundle

ABOUT = {
    "neg_elbo": "the bound on −log p(x) that training lowers, in nats: lower is better",
    "bits_per_dimension": "the same bound in bits for each value of a picture, which pictures of "
    "any size share: lower is better",
    "reconstruction": "−log p(x|z), in nats, what a picture costs given its code (the distortion): "
    "lower is better",
    "kl": "KL(q(z|x) || N(0, I)), in nats, what the code costs (the rate): lower is cheaper",
    "iw_nll": "−log p(x) by importance sampling, in nats, nearer to the truth than −ELBO: lower is "
    "better",
    "prior_nll": "−log p(x) by points of the prior, without the encoder, in nats: lower is better",
    "exact_nll": "−log p(x) of 1,000 pictures as exactly as sums over points tell it, without the "
    "encoder, in nats: lower is better",
    "amortisation_gap": "nats that the bound loses because one encoder serves all pictures: lower "
    "is better",
    "knn_accuracy": "share of test pictures whose class their five nearest codes tell: higher is "
    "better",
    "active_units": "coordinates that carry information: neither way is better",
    "kl_per_dimension": "what each coordinate costs, in nats, together the KL: near 0 for one that "
    "carries nothing; neither way is better",
    "class_told": "share of the class's entropy that the best coordinate holds: higher is a "
    "clearer coordinate",
    "class_gap": "how much more it holds than the next coordinate (mutual information gap): higher "
    "is more disentangled",
}


OF_PICTURES = TableColumns(TITLES, ABOUT, COLUMNS, HIGHER_IS_BETTER, RANKED, text_of)


def show(
    rows: Sequence[Row],
    *,
    key: str,
    chosen: Collection[str] = (),
    columns: TableColumns = OF_PICTURES,
) -> None:
    """The table; rows of the models `chosen` stand out.

    A click on a title sorts by it, a click on a figure shows how it was measured.
    """
    shown = [name for name in columns.shown if any(name in row.scores for row in rows)]
    first = best(rows, columns.ranked, columns.higher_is_better)
    data = {
        "columns": [
            {
                "title": columns.titles[name],
                "about": columns.about[name],
                "down": name in columns.higher_is_better,
            }
            for name in shown
        ],
        "rows": [
            {
                "name": row.name,
                "kind": row.kind,
                "dataset": messages.without_folders(row.dataset) or "?",
                "size": row.latent_dim,
                "source": row.source,
                "link": row.link,
                "chosen": row.name in chosen and not row.source,
                "cells": [_cell(row, name, (i, name) in first, columns) for name in shown],
            }
            for i, row in enumerate(rows)
        ],
    }
    bundle.component("score_table")(key=key, data=data)


def _cell(row: Row, name: str, first: bool, columns: TableColumns) -> dict | None:
    if name not in row.scores:
        return None
    text = columns.text(row, name)
    return {
        "text": text,
        "value": row.value(name),
        "best": first,
        "protocol": f"{row.name}, {columns.titles[name]} {text}: {row.scores[name].protocol}.",
    }
