"""Models of molecules side by side: every score with its protocol, published figures among them.

As `model_comparison` is for pictures, whose rows and table these share.
"""

from collections.abc import Sequence

from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.metrics import Score
from vae_explorer.evaluation.model_comparison import Row, TableColumns
from vae_explorer.evaluation.molecules import molecule_scores
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.molecule_config import MoleculeConfig

UP, DOWN = "higher is better", "lower is better"
ABOUT: dict[str, tuple[str, str]] = {  # name -> title, what it is and which way is good
    "exact_reconstruction": (
        "exact reconstruction",
        f"share of test molecules that come back from the posterior mean, as RDKit writes them: "
        f"{UP}",
    ),
    "reconstruction_similarity": (
        "similarity of reconstruction",
        f"Tanimoto similarity of what comes back, 0 where that is no molecule: {UP}",
    ),
    "validity": (
        "validity",
        f"share of prior samples that are molecules: {UP}; 1 by construction of SELFIES",
    ),
    "uniqueness_1k": ("unique@1k", f"share of different ones of the first 1,000 valid: {UP}"),
    "uniqueness_10k": ("unique@10k", f"share of different ones of the first 10,000 valid: {UP}"),
    "novelty": (
        "novelty",
        f"share of the different valid samples that no training molecule is: {UP}, as long as the "
        "samples are like real molecules",
    ),
    "internal_diversity": (
        "internal diversity",
        "1 less the mean Tanimoto similarity of pairs of samples: higher is more varied, and that "
        "of test molecules is right",
    ),
    "frechet_distance": (
        "FCD",
        f"Fréchet ChemNet distance of samples from test molecules: {DOWN}",
    ),
    "distance_logP": ("logP, distance", f"Wasserstein distance to test molecules': {DOWN}"),
    "distance_QED": ("QED, distance", f"Wasserstein distance to test molecules': {DOWN}"),
    "distance_SA": ("SA, distance", f"Wasserstein distance to test molecules': {DOWN}"),
    "distance_weight": ("weight, distance", f"of weights in daltons, Wasserstein: {DOWN}"),
    "walk_validity": (
        "validity of walks",
        f"share of points on straight paths between test molecules that are molecules: {UP}",
    ),
    "kl": (
        "KL",
        "KL(q(z|x) || N(0, I)) in nats, what the code costs: near 0 nothing is encoded (collapse); "
        "lower is cheaper",
    ),
    "active_units": ("active coordinates", "that carry information: neither way is better"),
    "neg_elbo": (
        "−ELBO",
        f"the bound on −log p of a string, in nats: {DOWN}, among models of one notation",
    ),
    "reconstruction": ("reconstruction", f"−log p(x|z), in nats, what a string costs: {DOWN}"),
    "reconstruction_validity": (
        "validity of reconstruction",
        f"share of what comes back that is a molecule: {UP}",
    ),
}
_DOWN = frozenset({"frechet_distance", *(name for name in ABOUT if name.startswith("distance_"))})
_RANKED = (
    *("exact_reconstruction", "reconstruction_similarity", "uniqueness_1k", "uniqueness_10k"),
    *("walk_validity", "validity", *sorted(_DOWN)),
)


def figure_text(row: Row, name: str) -> str:
    """A figure of a row as people read it."""
    score = row.scores.get(name)
    return "–" if score is None else molecule_scores.figure_text(name, score._asdict())


COLUMNS = TableColumns(
    titles={name: title for name, (title, _) in ABOUT.items()},
    about={name: about for name, (_, about) in ABOUT.items()},
    shown=tuple(ABOUT),
    higher_is_better=frozenset(ABOUT) - _DOWN - {"kl", "neg_elbo", "reconstruction"},
    ranked=_RANKED,
    text=figure_text,
)


def row(name: str, checkpoint: Checkpoint) -> Row:
    """What a model's file says of it."""
    config = checkpoint.config
    assert isinstance(config, MoleculeConfig), "a model of pictures has rows of its own"
    scores = {key: Score(**raw) for key, raw in checkpoint.scores.items() if key in ABOUT}
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
