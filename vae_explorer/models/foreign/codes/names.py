"""What arrays and columns are called that hold codes, their spread, labels, pictures.

Knows names alone, not how a file is stored.
"""

import re
from collections.abc import Callable

import numpy as np
from numpy import ndarray

from vae_explorer.data.forms.raw_data import ALL, split_of

CODES = (  # of two that are there the one that stands first: a mean comes before what is drawn
    *("mu", "mus", "mean", "means", "zmean", "zmu", "latentmean", "zmeans"),
    *("z", "zs", "latent", "latents", "latentcodes", "latentvectors", "code", "codes"),
    *("embedding", "embeddings", "embed", "emb", "vector", "vectors", "feature", "features"),
    *("representation", "representations", "dim", "dims", "component", "pc", "umap", "tsne", "pca"),
)
LABELS = ("label", "labels", "y", "target", "targets", "class", "category", "categories")
PICTURES = ("image", "images", "imgs", "img", "picture", "pictures", "pixels", "x", "data")
CLASS_NAMES = ("classes", "classnames", "labelnames", "targetnames", "names")
LOGVAR = ("logvar", "logvars", "logvariance", "zlogvar", "zlogvariance", "latentlogvar")
ROW_NUMBERS = ("index", "id", "ids", "idx", "item", "row", "unnamed", "number")
MEASURES = ("reconstructionnats", "klnats")  # columns of our own tables of codes
MIN_VARIANCE = 1e-12  # of a variance: a logarithm is taken of it

SPREADS: dict[str, Callable[[ndarray], ndarray]] = {  # name -> log-variance of its values
    **dict.fromkeys(LOGVAR, lambda v: v),
    **dict.fromkeys(
        ("var", "variance", "variances"), lambda v: np.log(np.maximum(v, MIN_VARIANCE))
    ),
    **dict.fromkeys(
        ("sigma", "sigmas", "std", "stds", "stddev", "standarddeviation", "zstd"),
        lambda v: 2 * np.log(np.maximum(np.abs(v), MIN_VARIANCE)),
    ),
    **dict.fromkeys(("logsigma", "logstd", "logscale"), lambda v: 2 * v),
}


def parts_of(name: str) -> tuple[str, str]:
    """The split that a name says, "all" for none, and the rest of it in small letters alone."""
    words = [word.lower() for word in re.split(r"[\W_]+", name) if word]
    split = next((s for word in words if (s := split_of(word))), ALL)
    return split, "".join(word for word in words if split_of(word) is None)


def numbered(name: str) -> tuple[str, int] | None:
    """Of a column such as mu_12: "mu" and 12. None where no number stands at its end."""
    match = re.fullmatch(r"(.*?)[\s_\-.\[]*(\d{1,6})\]?", name.strip())
    return (parts_of(match[1])[1], int(match[2])) if match else None


def in_words(names: list[str], most: int = 6) -> str:
    """Some names, one behind the other."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
