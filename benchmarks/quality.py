"""How well the shipped models of MNIST explain it, beside published figures of the same size.

    python benchmarks/quality.py [--measure]

By default the scores that the checkpoints carry, whose protocols are printed; `--measure` evaluates
them anew on the test set, which takes some minutes a model and needs MNIST. Likelihoods in nats a
test picture, with the standard error of the mean; `exact_nll` is of 1,000 of them. Published: the
VAEs with a normal (N-VAE) and a von Mises-Fisher (S-VAE) posterior of Davidson et al. 2018, table
1, log-likelihood estimated with 500 importance samples; they have no row for D = 3. Exit status 1
unless all goals are reached.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import tyro

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.data.datasets import load_dataset
from vae_explorer.evaluation import exact_scores, metrics
from vae_explorer.models.checkpoints import SUFFIX, Checkpoint, load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED

SHOWN = ("neg_elbo", "iw_nll", "prior_nll", "exact_nll", "knn_accuracy")
PUBLISHED = {2: (135.73, 132.50), 5: (110.21, 108.43), 10: (93.84, 93.16)}  # D: N-VAE, S-VAE


class Goal(NamedTuple):
    """The highest value of a score that is good enough."""

    latent_dim: int
    score: str
    highest: float


GOALS = (
    Goal(2, "iw_nll", 131.5),
    Goal(3, "neg_elbo", 119.8),
    Goal(3, "prior_nll", 113.0),
    Goal(5, "iw_nll", 104.5),
    Goal(10, "iw_nll", 92.5),
)


def main(measure: bool = False, folder: Path = SHIPPED) -> None:
    """Print the table, the protocols and the goals."""
    models = {d: folder / f"mnist-{d}d{SUFFIX}" for d in (2, 3, 5, 10)}
    scores = {d: _scores(path, measure) for d, path in models.items() if path.is_file()}
    print(f"{'model':10}{'':2}{''.join(f'{name:>16}' for name in SHOWN)}{'N-VAE / S-VAE':>18}")
    for d, path in models.items():
        values = scores.get(d, {})
        cells = [_cell(values.get(name)) for name in SHOWN] if values else ["missing"]
        published = " / ".join(f"{value:.2f}" for value in PUBLISHED.get(d, ())) or "-"
        print(f"{path.stem:12}{''.join(f'{c:>16}' for c in cells):80}{published:>18}")
    print()
    for d, values in scores.items():
        for name in SHOWN:
            if name in values:
                print(f"D = {d}, {name}: {values[name]['protocol']}")
    print()
    reached = [_judge(goal, scores.get(goal.latent_dim, {})) for goal in GOALS]
    raise SystemExit(0 if all(reached) else 1)


def _scores(path: Path, measure: bool) -> dict[str, dict]:
    """By name: value, standard_error and protocol, as a checkpoint keeps them."""
    checkpoint = load_checkpoint(path)
    return _measured(checkpoint) if measure else checkpoint.scores


def _measured(checkpoint: Checkpoint) -> dict[str, dict]:
    def progress(what: str, share: float) -> None:
        print(f"\r{checkpoint.name}: {what} {min(share, 1):4.0%}\033[K", end="", file=sys.stderr)

    data, model = load_dataset("mnist"), checkpoint.model
    scores, _ = metrics.evaluate(model, data, progress=progress)
    points = exact_scores.LATTICE_POINTS
    scores |= exact_scores.exact_scores(model, data.test, "test", 0, points, progress)
    print("\r\033[K", end="", file=sys.stderr)
    return metrics.to_json(scores)


def _cell(score: dict | None) -> str:
    if score is None:
        return "-"
    digits = 4 if score["value"] < 1 else 2
    return f"{score['value']:.{digits}f} ±{score['standard_error']:.{digits}f}"


def _judge(goal: Goal, scores: dict[str, dict]) -> bool:
    """Print whether a goal is reached."""
    score = scores.get(goal.score)
    reached = score is not None and score["value"] <= goal.highest
    found = "nothing measured" if score is None else f"{score['value']:.2f}"
    verdict = "reached" if reached else "missed" if score else "open"
    print(f"D = {goal.latent_dim:2}, {goal.score:9} <= {goal.highest:5.1f}: {found}, {verdict}")
    return reached


if __name__ == "__main__":
    tyro.cli(main)
