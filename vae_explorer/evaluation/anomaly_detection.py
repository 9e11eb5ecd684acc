"""How unusual is a picture? Detectors fitted to a model, and how well scores tell two sets apart.

Every score is higher for the more anomalous; thresholds come from validation pictures, never from
anomalies. Knows nothing of pages. N pictures.
"""

import warnings
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Generator, Tensor

from vae_explorer.data.datasets import Split, to_unit
from vae_explorer.errors import DataError
from vae_explorer.models.anomaly_detector import (
    MAX_SCORE,
    MAX_VALUE,
    MIN_SPREAD,
    SCORING_BATCH,
    Detector,
    Progress,
)
from vae_explorer.models.anomaly_scores import (
    COMPLEXITY,
    SCORES,
    combine,
    complexity_features,
    log_cost,
    measure,
)
from vae_explorer.models.checkpoints import Checkpoint, encode_split
from vae_explorer.models.latent_model import PriorPoints
from vae_explorer.training.engine import check_fit

__all__ = ["SCORES", "Curves", "Detector", "curves", "fit", "where_likelihood_fails"]
MAX_CODES = 20_000  # training pictures whose codes the density is fitted to
REFERENCE_CODES = 2_000  # that a detector measures distances to
COMPONENTS = 32  # of the mixture of training codes
RIDGE = 1e-6  # a picture: ink and edges go together, and huge coefficients would amplify rounding
FULL_DIMS = 10  # coordinates up to which components have full covariances
QUANTILES = 500  # of each score's validation values
MAX_POINTS = 500  # of a curve
BOOTSTRAP = 1_000  # draws


def fit(
    checkpoint: Checkpoint,
    train: Split,
    validation: Split,
    *,
    seed: int = 0,
    drawn: bool = False,
    progress: Progress = lambda what, share: None,
) -> Detector:
    """A detector of a model: codes of training pictures, scores of validation pictures.

    `drawn` says that `train` is what `to_fit` gave. ConfigError where the pictures do not fit the
    model, DataError where its codes or scores of them are beyond all that can be used.
    """
    model = checkpoint.model
    for split in (train, validation):
        check_fit(model.config, split)
    progress("training codes", 0.0)
    images, labels = train if drawn else to_fit(train, seed)
    mu = encode_split(model, to_unit(images), labels, "train").mu
    _check({"codes": mu}, MAX_VALUE)
    progress("their density", 0.0)
    arrays = {"codes": mu[: max(100, min(REFERENCE_CODES, 32_000 // mu.shape[1]))]} | _mixture(
        mu, seed
    )
    prior, parts = PriorPoints(model), []
    for start in range(0, len(validation), SCORING_BATCH):
        x, y = (t[start : start + SCORING_BATCH] for t in validation)
        parts.append(measure(prior, arrays, to_unit(x), y))
        progress("validation scores", min(1.0, (start + SCORING_BATCH) / len(validation)))
    scores = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    _check(scores, MAX_SCORE)
    arrays |= _fit_expected_cost(scores)
    scores["combined"] = combine(arrays, scores)
    quantiles = {name: _quantiles(scores[name]) for name in SCORES if name in scores}
    return Detector(model, {k: v.clone() for k, v in arrays.items()}, quantiles)


def to_fit(train: Split, seed: int = 0) -> Split:
    """The training pictures whose codes a detector is fitted to."""
    order = torch.randperm(len(train), generator=Generator().manual_seed(seed))[:MAX_CODES]
    return Split(train.images[order], train.labels[order])


def _check(scores: Mapping[str, Tensor], limit: float) -> None:
    """DataError unless all of these are numbers up to so large a one."""
    for name, values in scores.items():
        if not (values.abs() <= limit).all():
            raise DataError(
                f"the model gives {name.replace('_', ' ')} that are no usable numbers: choose "
                "another one to tell anomalies."
            )


def _mixture(mu: Tensor, seed: int) -> dict[str, Tensor]:
    """A Gaussian mixture of codes (N, D), as `likelihoods.mixture_log_density` takes it."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture  # slow to import: only where wanted

    count, dims = mu.shape
    mixture = GaussianMixture(
        min(COMPONENTS, max(1, count // (10 * dims))),
        covariance_type="full" if dims <= FULL_DIMS else "diag",
        reg_covar=1e-4,
        random_state=seed,
    )
    with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        mixture.fit(mu.double().numpy())
    parts = (mixture.weights_, mixture.means_, mixture.precisions_cholesky_)
    names = ("weights", "means", "precisions")
    return {
        f"mixture.{name}": torch.from_numpy(part).float()
        for name, part in zip(names, parts, strict=True)
    }


def _fit_expected_cost(scores: dict[str, Tensor]) -> dict[str, Tensor]:
    """What -ELBO and density are expected to be, by ridge regression on complexity, in logs."""
    complexity = scores[COMPLEXITY]
    extent = torch.stack([complexity.amin(dim=0), complexity.mean(dim=0), complexity.amax(dim=0)])
    features = complexity_features(complexity, {"usual.range": extent})
    features, cost = features.double(), log_cost(scores).double()
    ridge = RIDGE * len(cost) * torch.eye(features.shape[1], dtype=torch.float64)
    coefficients = torch.linalg.solve(features.T @ features + ridge, features.T @ cost)
    expected = features @ coefficients
    surplus, density = cost - expected, scores["latent_density"]
    return {
        "usual.range": extent,
        "usual.coefficients": coefficients.float(),
        "usual.most": expected.max().float(),
        "usual.spread": surplus.float().std(correction=0).clamp(min=MIN_SPREAD),
        "density": torch.stack([density.mean(), density.std(correction=0).clamp(min=MIN_SPREAD)]),
    }


def _quantiles(values: Tensor) -> Tensor:
    """At most QUANTILES values that stand for all of them, ascending, both ends included."""
    ranks = torch.linspace(0, 1, min(len(values), QUANTILES))
    return torch.quantile(values, ranks)


class Curves(NamedTuple):
    """How well a score tells anomalies from normal pictures, at every threshold."""

    fpr: np.ndarray  # share of normal pictures flagged; ascending, at most MAX_POINTS
    tpr: np.ndarray  # share of anomalies flagged, at the same thresholds
    precision: np.ndarray  # share of the flagged that are anomalies
    recall: np.ndarray  # at other thresholds than tpr, ascending
    auroc: float  # chance that an anomaly scores higher than a normal picture
    auroc_low: float  # 95 % bootstrap interval
    auroc_high: float
    average_precision: float  # depends on how many anomalies there are


def curves(normal: Tensor, anomalous: Tensor, seed: int = 0) -> Curves:
    """ROC and precision-recall of the scores of two sets of pictures, (N,) and (M,).

    The interval is of BOOTSTRAP draws, with replacement, of both sets. DataError where a
    score is not finite.
    """
    _check({"scores": torch.cat([normal, anomalous])}, torch.finfo(torch.float32).max)
    from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

    values = torch.cat([normal, anomalous]).double().numpy()
    truth = np.repeat([0, 1], [len(normal), len(anomalous)])
    fpr, tpr, _ = roc_curve(truth, values)
    precision, recall, _ = precision_recall_curve(truth, values)
    low, high = _bootstrap(normal.double().numpy(), anomalous.double().numpy(), seed)
    roc, pr = _thinned(len(fpr)), _thinned(len(recall))
    return Curves(
        fpr[roc],
        tpr[roc],
        precision[::-1][pr],
        recall[::-1][pr],
        float(np.trapezoid(tpr, fpr)),
        low,
        high,
        float(average_precision_score(truth, values)),
    )


def _thinned(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, MAX_POINTS)).round().astype(int))


def _bootstrap(normal: np.ndarray, anomalous: np.ndarray, seed: int) -> tuple[float, float]:
    """The central 95 % of AUROCs of resampled sets.

    A resampled set is the old one with multiplicities: on the values once sorted, each AUROC is a
    weighted count of pairs (Hanley & McNeil 1982).
    """
    rng = np.random.default_rng(seed)
    values, rank = np.unique(np.concatenate([normal, anomalous]), return_inverse=True)
    size, split = len(values), len(normal)
    aurocs = []
    for _ in range(BOOTSTRAP):
        counts = [
            np.bincount(part[rng.integers(len(part), size=len(part))], minlength=size)
            for part in (rank[:split], rank[split:])
        ]
        below = np.cumsum(counts[0]) - 0.5 * counts[0]
        aurocs.append(counts[1] @ below / (split * len(anomalous)))
    low, high = np.quantile(aurocs, [0.025, 0.975])
    return float(low), float(high)


def where_likelihood_fails(
    detector: Detector, normal: dict[str, Tensor], anomalous: dict[str, Tensor]
) -> str | None:
    """In plain words with the figures, where -ELBO misleads and why; None where it does well.

    Takes the scores of both sets. It does well from an AUROC of 0.7 on, unless another score is
    better by 0.1.
    """
    if "neg_elbo" not in normal:
        return None
    auroc = {name: _auroc(normal[name], anomalous[name]) for name in normal}
    likelihood = auroc["neg_elbo"]
    best = max(auroc, key=auroc.__getitem__)
    if likelihood >= 0.7 and auroc[best] < likelihood + 0.1:
        return None
    cost, share = (
        [group[name].median().item() for group in (normal, anomalous)] if name in normal else [0, 0]
        for name in ("neg_elbo", "relative_error")
    )
    verdict = (
        "takes the anomalies for more normal than normal pictures"
        if likelihood < 0.45
        else "hardly tells the two apart"
        if likelihood < 0.6
        else "tells them apart only in part"
    )
    words = [f"−ELBO {verdict} (AUROC {likelihood:.2f}; 0.50 is chance)."]
    if cost[1] < cost[0]:
        words.append(
            f"It counts nats, and simple pictures cost few whatever they show: {cost[1]:.0f} here "
            f"in the median, {cost[0]:.0f} for a normal one."
        )
    else:
        words.append(
            f"Its medians are {cost[1]:.0f} nats here and {cost[0]:.0f} for normal pictures, but "
            "normal pictures differ more among themselves, by how much ink and how many edges they "
            "have."
        )
    if share[1] > share[0]:
        words.append(
            f"Of their own ink the decoder gets {share[1]:.0%} wrong, of a normal picture's "
            f"{share[0]:.0%} (AUROC {auroc['relative_error']:.2f})."
        )
    if auroc["combined"] > likelihood:
        words.append(
            "Compared with what pictures so complex cost, and with the latent density, it is "
            f"{auroc['combined']:.2f} (the combined score)."
        )
    return " ".join(words)


def _auroc(normal: Tensor, anomalous: Tensor) -> float:
    """The chance that an anomaly scores higher than a normal picture; ties count half."""
    ranked = normal.sort().values
    below = torch.searchsorted(ranked, anomalous.contiguous())
    not_above = torch.searchsorted(ranked, anomalous.contiguous(), right=True)
    return (below + not_above).double().mean().item() / (2 * len(normal))
