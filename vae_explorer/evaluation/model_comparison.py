"""Models side by side: what each is, every score with its standard error and its protocol.

Published figures stand among them as rows of their own. Knows nothing of files or front ends.
(`anomaly_populations` is about two sets of pictures, `ablation` about what one setting changes.)
"""

import csv
import dataclasses
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from vae_explorer.config import LatentConfig, TrainConfig, from_dict, to_dict
from vae_explorer.errors import ConfigError
from vae_explorer.evaluation import metrics
from vae_explorer.evaluation.classes.disentanglement import class_scores
from vae_explorer.evaluation.metrics import Score, figure_text
from vae_explorer.files import no_formula
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.objectives import OBJECTIVES

TITLES = metrics.TITLES | {
    "class_told": "class in one coordinate",
    "class_gap": "gap to the next",
}
COLUMNS = (  # single figures, those to choose a model by first
    *(
        "neg_elbo",
        "iw_nll",
        "prior_nll",
        "exact_nll",
        "knn_accuracy",
        "bits_per_dimension",
        "reconstruction",
        "kl",
    ),
    *("amortisation_gap", "active_units", "class_told", "class_gap"),
)
HIGHER_IS_BETTER = {"knn_accuracy"}
# Of which one can be the best
RANKED = ("neg_elbo", "iw_nll", "prior_nll", "exact_nll", "knn_accuracy")


class Row(NamedTuple):
    """A model, or a published figure, in the table."""

    name: str
    kind: str  # "VAE", "IWAE, K = 5" …
    dataset: str  # "": nobody knows
    latent_dim: int
    scores: dict[str, Score]  # by the names of TITLES
    settings: dict[str, Any]  # of model and training, by name, as far as they are known
    source: str = ""  # where a published figure stands
    link: str = ""

    def value(self, name: str) -> float | None:
        """A single figure, or None where there is none."""
        score = self.scores.get(name)
        return score.value if score and not isinstance(score.value, list) else None

    @property
    def likelihood(self) -> str:
        """That of the pixels, "" where nobody knows: nats of one say nothing beside another's."""
        return likelihood_of(self.settings)


def row(name: str, checkpoint: Checkpoint) -> Row:
    """What a model's file says of it, and how much of the class its coordinates carry."""
    scores = {key: Score(**raw) for key, raw in checkpoint.scores.items() if key in TITLES}
    if checkpoint.encoded is not None:
        scores |= class_scores(checkpoint.encoded)
    config, settings = checkpoint.config, settings_of(checkpoint)
    kind = kind_of(config, settings)
    return Row(name, kind, checkpoint.dataset, config.latent_dim, scores, settings)


def likelihood_of(settings: Mapping[str, Any]) -> str:
    """The unit of a model's nats: that of its pixels; "" where nobody knows."""
    kind = settings.get("likelihood", "")
    return "scaled gaussian" if kind == "gaussian" and settings.get("pixel_scale", 1) != 1 else kind


def settings_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """Every setting by name; only those of the model where nobody knows how it was trained."""
    names = {field.name for field in dataclasses.fields(TrainConfig)} - {"model", "reading"}
    recorded = {name: value for name, value in checkpoint.training.items() if name in names}
    try:
        training = to_dict(from_dict(TrainConfig, recorded)) if recorded else {}
    except ConfigError:  # a file may say anything
        training = {}
    for name in ("model", "reading"):
        training.pop(name, None)
    for name in ("epochs_done", "seconds"):
        if isinstance(checkpoint.training.get(name), int | float):
            training[name] = checkpoint.training[name]
    return training | checkpoint.config.settings()


def kind_of(config: LatentConfig, settings: dict[str, Any]) -> str:
    """What a model is, in a few words."""
    if not config.variational:
        kind = "autoencoder"
    elif settings.get("beta", 1) != 1:
        kind = f"β-VAE, β = {settings['beta']:g}"
    else:
        last = settings.get("polish_objective", "same")  # that the decoder learned by
        objective = settings.get("objective", "elbo") if last == "same" else last
        kind = OBJECTIVES[objective].kind.format(**settings)
    return f"conditional {kind}" if config.classes else kind


class TableColumns(NamedTuple):
    """What a table of models shows of them."""

    titles: Mapping[str, str]  # of every score, by name
    about: Mapping[str, str]  # what it is, and which way is good
    shown: Sequence[str]  # single figures, those to choose a model by first
    higher_is_better: Collection[str]
    ranked: Sequence[str]  # of which one can be the best
    text: Callable[[Row, str], str]  # a figure as people read it


def best(
    rows: Sequence[Row],
    ranked: Sequence[str] = RANKED,
    higher_is_better: Collection[str] = HIGHER_IS_BETTER,
) -> set[tuple[int, str]]:
    """Which figures, (index of the row, score), are the best of all measured in the same way.

    Nats are compared among models of the same likelihood of pixels alone.
    A class that is given is part of what has to be explained, so conditional models have other
    likelihoods than the rest and are not compared; neither are published figures.
    """
    cells = set()
    for name in ranked:
        groups: dict[tuple[str, str, str], list[tuple[float, int]]] = {}
        sign = -1 if name in higher_is_better else 1
        for i, each in enumerate(rows):
            value = each.value(name)
            if value is not None and not each.source and not each.settings["classes"]:
                unit = "" if name == "knn_accuracy" else each.likelihood
                method = each.scores[name].protocol.partition(";")[0]  # then what came of it
                key = each.dataset, method, unit
                groups.setdefault(key, []).append((sign * value, i))
        for members in groups.values():
            if len(members) > 1:
                cells.add((min(members)[1], name))
    return cells


def protocols(
    rows: Sequence[Row], titles: Collection[str] = tuple(TITLES)
) -> dict[str, dict[str, list[str]]]:
    """How each score was measured: score -> protocol -> names of the models it holds for."""
    models: dict[str, dict[str, list[str]]] = {}
    for name in titles:
        for each in rows:
            if name in each.scores:
                by_protocol = models.setdefault(name, {})
                by_protocol.setdefault(each.scores[name].protocol, []).append(each.name)
    return models


class Point(NamedTuple):
    """A model in the plane of rate and distortion: Alemi et al. 2018, arXiv:1711.00464."""

    name: str
    kind: str
    rate: float | None  # KL in nats; None: an autoencoder has none
    distortion: float  # reconstruction in nats
    conditional: bool


def rate_distortion(
    rows: Sequence[Row], dataset: str, likelihood: str = "bernoulli"
) -> list[Point]:
    """The models of a data set and a likelihood, as measured here.

    Published figures have other protocols, and another likelihood has other nats.
    """
    points = []
    for each in rows:
        distortion = each.value("reconstruction")
        measured = (each.dataset, each.likelihood, each.source) == (dataset, likelihood, "")
        if measured and distortion is not None:
            conditional = bool(each.settings["classes"])
            points.append(Point(each.name, each.kind, each.value("kl"), distortion, conditional))
    return points


def to_csv(rows: Sequence[Row], titles: Collection[str] = tuple(TITLES)) -> str:
    """A line a model: three columns a score, for its value, standard error and protocol."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    scores = [f"{name}{part}" for name in titles for part in ("", "_se", "_protocol")]
    writer.writerow(["model", "kind", "dataset", "latent_dim", *scores, "source", "link"])
    for each in rows:
        line = [each.name, each.kind, each.dataset, each.latent_dim]
        for name in titles:
            score = each.scores.get(name)
            line += ["", "", ""] if score is None else [_cell(score.value), score[1], score[2]]
        writer.writerow([no_formula(value) for value in [*line, each.source, each.link]])
    return buffer.getvalue()


def _cell(value: float | list[float]) -> float | str:
    return " ".join(f"{v:.6g}" for v in value) if isinstance(value, list) else value


def markdown(rows: Sequence[Row], columns: TableColumns | None = None) -> list[str]:
    """The table as lines of Markdown, a best figure in bold; of pictures without `columns`."""
    about = columns or TableColumns(TITLES, {}, COLUMNS, HIGHER_IS_BETTER, RANKED, text_of)
    shown = [name for name in about.shown if any(name in each.scores for each in rows)]
    bold = best(rows, about.ranked, about.higher_is_better)
    titles = " | ".join(about.titles[name] for name in shown)
    lines = [f"| model | kind | data set | D | {titles} |"]
    lines.append("|---" * (len(shown) + 4) + "|")
    for i, each in enumerate(rows):
        cells = [each.name, each.kind, each.dataset or "?", str(each.latent_dim)]
        for name in shown:
            text = about.text(each, name)
            cells.append(f"**{text}**" if (i, name) in bold else text)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def text_of(row: Row, name: str) -> str:
    """A figure of a row as people read it."""
    score = row.scores.get(name)
    return "–" if score is None else figure_text(name, score._asdict())
