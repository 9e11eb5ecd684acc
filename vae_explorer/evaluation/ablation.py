"""What one setting changes, read off the models at hand: the most alike pair that differs in it.

Each finding is a sentence made of the models' own figures, and names what else the two differ in.
Takes the rows of `model_comparison`; knows nothing of files or front ends.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from vae_explorer.evaluation.model_comparison import Row, text_of
from vae_explorer.objectives import OBJECTIVES

UNIMPORTANT = {"dataset", "threads", "seconds", "seed", "precision", "epochs_done", "patience"}
NAMES = {  # how a sentence calls a score
    "neg_elbo": "−ELBO",
    "reconstruction": "reconstruction",
    "kl": "KL",
    "iw_nll": "IW-NLL",
    "prior_nll": "encoder-free NLL",
    "knn_accuracy": "5-NN accuracy",
}
WORDS = {  # how it calls a setting
    "fourier": "Fourier features",
    "fourier_scale": "their scale",
    "kl_annealing": "KL annealing",
    "kl_warmup": "KL warm-up",
}


class Finding(NamedTuple):
    """What one setting changes."""

    about: str  # "β", "Latent size" …
    text: str  # one sentence, the figures in it
    other_differences: str  # what else the models differ in, a sentence; or nothing
    models: tuple[str, ...]


def over_lattice(settings: dict[str, Any]) -> bool:
    """Whether a decoder learned by an objective that sums over a lattice."""
    names = (settings.get(name) for name in ("objective", "polish_objective"))
    return any(name in OBJECTIVES and OBJECTIVES[name].points == "lattice" for name in names)


class Factor(NamedTuple):
    """A setting whose effect is looked for, and how to say it."""

    about: str
    settings: tuple[str, ...]  # those that make it up
    changed: Callable[[dict[str, Any]], bool]
    scores: tuple[str, ...]  # that it moves
    lead: Callable[[dict[str, Any]], str]
    why: Callable[[dict[str, Any]], str]


FACTORS = (
    Factor(
        "β",
        ("beta", "kl_annealing", "kl_warmup", "kl_cycles"),
        lambda s: s.get("beta", 1) != 1,
        ("kl", "reconstruction", "neg_elbo", "knn_accuracy"),
        lambda s: f"With β = {s['beta']:g} in place of 1",
        lambda s: f"each nat of KL has to save {s['beta']:g} of reconstruction",
    ),
    Factor(
        "IWAE",
        ("objective", "samples"),
        lambda s: s.get("objective") == "iwae",
        ("iw_nll", "neg_elbo", "kl"),
        lambda s: f"Trained on the importance-weighted bound of {s['samples']} samples",
        lambda s: "it is the likelihood that is raised, no longer the bound by a single sample",
    ),
    Factor(
        "Lattice",
        (
            *("objective", "samples", "polish_objective", "encoder_epochs"),
            *("encoder_learning_rate", "encoder_augment"),
            *("lattice_points", "lattice_start", "proposals"),
        ),
        over_lattice,
        ("prior_nll", "neg_elbo", "knn_accuracy"),
        lambda s: (
            f"Trained on log p(x) itself, over a lattice of {s['lattice_points']:,} points of the "
            "prior"
        ),
        lambda s: "the decoder need not please an encoder, which then has more to follow",
    ),
    Factor(
        "Conditioning",
        ("classes",),
        lambda s: s["classes"] > 0,
        ("neg_elbo", "kl", "knn_accuracy"),
        lambda s: "Given the class",
        lambda s: (
            "the code is left for style, and the likelihood is that of a picture given its class"
        ),
    ),
    Factor(
        "No KL term",
        ("variational", "free_bits"),
        lambda s: not s["variational"],
        ("reconstruction", "knn_accuracy"),
        lambda s: "Without KL term and noise, as a plain autoencoder",
        lambda s: "nothing asks the code for a density, so there is none to draw from",
    ),
)


def findings(rows: Sequence[Row], dataset: str) -> list[Finding]:
    """What the models of a data set show, a finding for each factor that two of them differ in.

    Only models whose training is known count, and only those of the same likelihood of pixels are
    compared.
    """
    known = [r for r in rows if r.dataset == dataset and r.scores and "beta" in r.settings]
    findings = [_pair(factor, known) for factor in FACTORS]
    for likelihood in dict.fromkeys(r.likelihood for r in known):
        findings.append(_latent_sizes(known, likelihood))
    return [finding for finding in findings if finding is not None]


def _pair(factor: Factor, rows: list[Row]) -> Finding | None:
    plain = [r for r in rows if _plain(r.settings)]
    changed = [r for r in rows if _only(factor, r.settings)]
    pairs = [
        (a, b, _differences(a, b, factor.settings))
        for b in changed
        for a in plain
        if (a.latent_dim, a.likelihood) == (b.latent_dim, b.likelihood) and _changes(factor, a, b)
    ]
    if not pairs:
        return None
    a, b, differences = min(pairs, key=lambda pair: len(pair[2]))
    changes = "; ".join(_changes(factor, a, b))
    text = f"{factor.lead(b.settings)}, {changes}: {factor.why(b.settings)}."
    return Finding(factor.about, text, _sentence(differences, (a, b)), (a.name, b.name))


def _plain(settings: dict[str, Any]) -> bool:
    return not any(factor.changed(settings) for factor in FACTORS)


def _only(factor: Factor, settings: dict[str, Any]) -> bool:
    return [other for other in FACTORS if other.changed(settings)] == [factor]


def _changes(factor: Factor, a: Row, b: Row) -> list[str]:
    """What becomes of each score that both have."""
    changes = []
    for name in factor.scores:
        before, after = a.value(name), b.value(name)
        if before is None or after is None:
            continue
        unit = "" if name == "knn_accuracy" else " nats"
        first, second = _short(a, name), _short(b, name)
        verb = "rises" if after > before else "falls"
        change = f"stays at {first}" if first == second else f"{verb} from {first} to {second}"
        changes.append(f"{NAMES[name]} {change}{unit}")
    return changes


def _short(row: Row, name: str) -> str:
    return text_of(row, name).split(" ± ")[0]


def _differences(a: Row, b: Row, factor: Sequence[str]) -> list[str]:
    """Settings beyond a factor's own in which two models differ."""
    names = [*a.settings, *(name for name in b.settings if name not in a.settings)]
    differing = [name for name in names if a.settings.get(name) != b.settings.get(name)]
    return [name for name in differing if name not in factor and name not in UNIMPORTANT]


def _sentence(settings: list[str], models: Sequence[Row]) -> str:
    if not settings:
        return ""
    phrases = [
        f"{WORDS.get(name, name.replace('_', ' '))} "
        + " and ".join(_value(model.settings.get(name)) for model in models)
        for name in settings
    ]
    names = " and ".join(model.name for model in models)
    return f"{names} also differ in {', '.join(phrases)}."


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "-".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, int | float) and value is not True else str(value)


def _latent_sizes(rows: list[Row], likelihood: str) -> Finding | None:
    """What more coordinates bring: of plain VAEs the one with the best bound for each size."""
    bounds: dict[int, tuple[float, Row]] = {}
    for r in rows:
        bound = r.value("neg_elbo")
        if bound is None or r.likelihood != likelihood or not _plain(r.settings):
            continue
        if r.latent_dim not in bounds or bound < bounds[r.latent_dim][0]:
            bounds[r.latent_dim] = bound, r
    if len(bounds) < 2:
        return None
    ordered = [row for _, (_, row) in sorted(bounds.items())]
    pixels = "" if likelihood == "bernoulli" else f" and {likelihood.capitalize()} pixels"
    text = f"With {_joined([str(r.latent_dim) for r in ordered])} coordinates{pixels}, −ELBO is "
    text += f"{_joined([_short(r, 'neg_elbo') for r in ordered])} nats"
    if all(r.value("knn_accuracy") is not None for r in ordered):
        text += f" and 5-NN accuracy {_joined([_short(r, 'knn_accuracy') for r in ordered])}"
    largest = ordered[-1]
    active = largest.value("active_units")
    if active is not None and active < largest.latent_dim:
        text += f"; of the {largest.latent_dim} only {active:.0f} are active"
    size = ("latent_dim",)
    differences = sorted({name for r in ordered for name in _differences(ordered[0], r, size)})
    words = [WORDS.get(name, name.replace("_", " ")) for name in differences]
    other = f"Recipes differ in {', '.join(words)}." if words else ""
    return Finding("Latent size", f"{text}.", other, tuple(r.name for r in ordered))


def _joined(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
