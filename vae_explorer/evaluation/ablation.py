"""What one setting changes, read off the models at hand: the most alike pair that differs in it.

Each finding is a sentence made of the models' own figures, and names what else the two differ in.
Takes the rows of `compare`; knows nothing of files or front ends.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from vae_explorer.evaluation.model_comparison import Row, text_of

UNIMPORTANT = {"dataset", "threads", "seconds", "seed", "precision", "epochs_done", "patience"}
NAMES = {  # how a sentence calls a score
    "neg_elbo": "−ELBO",
    "reconstruction": "reconstruction",
    "kl": "KL",
    "iw_nll": "IW-NLL",
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
    apart: str  # what else the models differ in, a sentence; or nothing
    models: tuple[str, ...]


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
        "Conditioning",
        ("classes",),
        lambda s: s["classes"] > 0,
        ("neg_elbo", "kl", "knn_accuracy"),
        lambda s: "Told the class",
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
    held side by side.
    """
    own = [r for r in rows if r.dataset == dataset and r.scores and "beta" in r.settings]
    found = [_pair(factor, own) for factor in FACTORS]
    found += [_sizes(own, likelihood) for likelihood in dict.fromkeys(r.likelihood for r in own)]
    return [finding for finding in found if finding is not None]


def _pair(factor: Factor, rows: list[Row]) -> Finding | None:
    plain = [r for r in rows if _plain(r.settings)]
    changed = [r for r in rows if _only(factor, r.settings)]
    pairs = [
        (a, b, _apart(a, b, factor.settings))
        for b in changed
        for a in plain
        if (a.latent_dim, a.likelihood) == (b.latent_dim, b.likelihood) and _moves(factor, a, b)
    ]
    if not pairs:
        return None
    a, b, apart = min(pairs, key=lambda pair: len(pair[2]))
    moves = "; ".join(_moves(factor, a, b))
    text = f"{factor.lead(b.settings)}, {moves}: {factor.why(b.settings)}."
    return Finding(factor.about, text, _sentence(apart, (a, b)), (a.name, b.name))


def _plain(settings: dict[str, Any]) -> bool:
    return not any(factor.changed(settings) for factor in FACTORS)


def _only(factor: Factor, settings: dict[str, Any]) -> bool:
    return [other for other in FACTORS if other.changed(settings)] == [factor]


def _moves(factor: Factor, a: Row, b: Row) -> list[str]:
    """What becomes of each score that both have."""
    told = []
    for name in factor.scores:
        before, after = a.value(name), b.value(name)
        if before is None or after is None:
            continue
        unit = "" if name == "knn_accuracy" else " nats"
        first, second = _short(a, name), _short(b, name)
        verb = "rises" if after > before else "falls"
        way = f"stays at {first}" if first == second else f"{verb} from {first} to {second}"
        told.append(f"{NAMES[name]} {way}{unit}")
    return told


def _short(row: Row, name: str) -> str:
    return text_of(row, name).split(" ± ")[0]


def _apart(a: Row, b: Row, own: Sequence[str]) -> list[str]:
    """Settings beyond a factor's own in which two models differ."""
    names = [*a.settings, *(name for name in b.settings if name not in a.settings)]
    differing = [name for name in names if a.settings.get(name) != b.settings.get(name)]
    return [name for name in differing if name not in own and name not in UNIMPORTANT]


def _sentence(apart: list[str], models: Sequence[Row]) -> str:
    if not apart:
        return ""
    told = [
        f"{WORDS.get(name, name.replace('_', ' '))} "
        + " and ".join(_value(model.settings.get(name)) for model in models)
        for name in apart
    ]
    names = " and ".join(model.name for model in models)
    return f"{names} also differ in {', '.join(told)}."


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "-".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, int | float) and value is not True else str(value)


def _sizes(rows: list[Row], likelihood: str) -> Finding | None:
    """What more coordinates bring: of plain VAEs the one with the best bound for each size."""
    sizes: dict[int, Row] = {}
    for r in rows:
        bound = r.value("neg_elbo")
        known = sizes.get(r.latent_dim)
        if bound is None or r.likelihood != likelihood or not _plain(r.settings):
            continue
        if known is None or bound < known.value("neg_elbo"):
            sizes[r.latent_dim] = r
    if len(sizes) < 2:
        return None
    ordered = [sizes[size] for size in sorted(sizes)]
    pixels = "" if likelihood == "bernoulli" else f" and {likelihood.capitalize()} pixels"
    text = f"With {_listed([str(r.latent_dim) for r in ordered])} coordinates{pixels}, −ELBO is "
    text += f"{_listed([_short(r, 'neg_elbo') for r in ordered])} nats"
    if all(r.value("knn_accuracy") is not None for r in ordered):
        text += f" and 5-NN accuracy {_listed([_short(r, 'knn_accuracy') for r in ordered])}"
    most = ordered[-1]
    used = most.value("active_units")
    if used is not None and used < most.latent_dim:
        text += f"; of the {most.latent_dim} only {used:.0f} are active"
    apart = sorted({name for r in ordered for name in _apart(ordered[0], r, ("latent_dim",))})
    words = [WORDS.get(name, name.replace("_", " ")) for name in apart]
    other = f"Recipes differ in {', '.join(words)}." if words else ""
    return Finding("Latent size", f"{text}.", other, tuple(r.name for r in ordered))


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
