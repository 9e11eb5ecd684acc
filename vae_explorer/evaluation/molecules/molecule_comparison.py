"""Models of molecules side by side: every score with its protocol, published figures among them.

As `model_comparison` is for pictures, whose rows and table these share.
"""

from collections.abc import Sequence

from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.metrics import Score
from vae_explorer.evaluation.model_comparison import Row, TableColumns
from vae_explorer.evaluation.molecules import molecule_scores
from vae_explorer.evaluation.molecules.score_words import ABOUT, TITLES
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules.chemistry import PROPERTIES

_DISTANCES = ("frechet_distance", *(f"distance_{name}" for name in PROPERTIES))
_UNRANKED = ("neg_elbo", "reconstruction", "kl", "active_units", "novelty")  # they sort from low
SHOWN = (  # single figures, those to choose a model by first
    *("exact_reconstruction", "reconstruction_similarity", "validity", "uniqueness_1k"),
    *("uniqueness_10k", "novelty", "internal_diversity", *_DISTANCES, "walk_validity", "kl"),
    *("active_units", "neg_elbo", "reconstruction", "reconstruction_validity"),
    *(f"explained_{name}" for name in PROPERTIES),
)
_RANKED = (
    *("exact_reconstruction", "reconstruction_similarity", "uniqueness_1k", "uniqueness_10k"),
    *("walk_validity", "validity", *_DISTANCES),
)


def figure_text(row: Row, name: str) -> str:
    """A figure of a row as people read it."""
    score = row.scores.get(name)
    return "–" if score is None else molecule_scores.figure_text(name, score._asdict())


COLUMNS = TableColumns(
    titles=TITLES,
    about=ABOUT,
    shown=SHOWN,
    higher_is_better=frozenset(SHOWN).difference(_DISTANCES, _UNRANKED),
    ranked=_RANKED,
    text=figure_text,
)


def row(name: str, checkpoint: Checkpoint) -> Row:
    """What a model's file says of it."""
    config = checkpoint.config
    assert isinstance(config, MoleculeConfig), "a model of pictures has rows of its own"
    scores = {key: Score(**raw) for key, raw in checkpoint.scores.items() if key in TITLES}
    settings = model_comparison.settings_of(checkpoint)
    settings |= {"classes": 0, "notation": config.notation}
    return Row(name, kind_of(config), checkpoint.dataset, config.latent_dim, scores, settings)


def kind_of(config: MoleculeConfig) -> str:
    """What a model is, in a few words: "VAE of SELFIES"."""
    network = "the tutorial's " if config.architecture == "tutorial" else ""
    kind = "VAE" if config.variational else "autoencoder"
    return f"{network}{kind} of {config.notation.upper()}"


def _published(
    name: str,
    kind: str,
    dataset: str,
    size: int,
    figures: dict[str, tuple[float, float | None]],
    origin: str,
) -> Row:
    source, link, protocol = _ORIGINS[origin]
    scores = {
        score: Score(value, error, f"published: {protocol} ({source})")
        for score, (value, error) in figures.items()
    }
    return Row(name, kind, dataset, size, scores, {"classes": 0}, source, link)


_ORIGINS = {
    "moses": (
        "Polykovskiy et al. 2020, Molecular Sets (MOSES)",
        "https://arxiv.org/abs/1811.12823",
        "30,000 samples, trained on all of MOSES, mean of three runs; the ± is theirs",
    ),
    "jt-vae": (
        "Jin et al. 2018, Junction Tree Variational Autoencoder, table 1",
        "https://arxiv.org/abs/1802.04364",
        "5,000 test molecules of ZINC's 250,000, each encoded and decoded ten times with "
        "randomness, share that match; validity of 1,000 samples of the prior, "
        "each decoded 100 times",
    ),
}
REFERENCES: tuple[Row, ...] = (
    _published(
        "MOSES' VAE",
        "VAE of SMILES",
        "moses",
        128,
        {"validity": (0.977, 0.001), "uniqueness_1k": (1.0, None), "uniqueness_10k": (0.998, None)},
        "moses",
    ),
    _published(
        "JT-VAE",
        "VAE of graphs",
        "zinc",
        56,
        {"exact_reconstruction": (0.767, None), "validity": (1.0, None)},
        "jt-vae",
    ),
)


def protocols(rows: Sequence[Row]) -> dict[str, dict[str, list[str]]]:
    """How each score was measured: score -> protocol -> names of the models it holds for."""
    return model_comparison.protocols(rows, COLUMNS.shown)


def to_csv(rows: Sequence[Row]) -> str:
    """A line a model: three columns a score, for its value, standard error and protocol."""
    return model_comparison.to_csv(rows, COLUMNS.shown)


def shared_molecules(models: Sequence[Checkpoint]) -> list[str]:
    """The test molecules that all of these keep, in the order of the first."""
    if not models:
        return []
    others = [set(each.smiles) for each in models[1:]]
    return [text for text in models[0].smiles if all(text in kept for kept in others)]
