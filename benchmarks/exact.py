"""Exact log p(x) of digits by a shipped model: against Sobol points, its stated error, its time.

    python benchmarks/exact.py [--model mnist-3d] [--points 65536] [--pictures 20]

The pictures are decoded from the model's own encoded test set and binarised, so no data set is
needed. Two references: many Sobol points of the prior, in two scrambles whose difference is their
own error; and Sobol points through a Gaussian of twice the posterior's covariance, drawn afresh,
which are closer. Runs on one thread.
"""

import math
import statistics
import sys
import time
from pathlib import Path

import torch
import tyro
from torch import Generator, Tensor
from torch.distributions import MultivariateNormal

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.data.datasets import binarize
from vae_explorer.latent import exact, prior_lattice
from vae_explorer.models.checkpoints import SUFFIX, load_checkpoint
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.training.runs.model_library import SHIPPED

SEEDS = 10  # lattices by which the stated error is judged
STUDENT = 2.365  # 95 % of Student's t with 7 degrees of freedom: of 8 shifts
BATCH = 4_096


def main(
    model: str = "mnist-3d", points: int = 2**16, pictures: int = 20, sobol: int = 2**20
) -> None:
    """Print accuracy, coverage and times."""
    torch.set_num_threads(1)
    checkpoint = load_checkpoint(SHIPPED / f"{model}{SUFFIX}")
    assert checkpoint.encoded is not None
    with torch.inference_mode():
        decoded = checkpoint.model.decode(checkpoint.encoded.mu[: max(100, pictures)])
        x = binarize(decoded, Generator().manual_seed(0))
        _report(checkpoint.model, x, points, pictures, sobol)


def _report(network: LatentModel, x: Tensor, points: int, pictures: int, sobol: int) -> None:
    start = time.perf_counter()
    lattice = prior_lattice.decoded_lattice(network, points, seed=1_000)
    print(f"{points:,} points decoded in {time.perf_counter() - start:.2f} s")
    exact.log_evidence(lattice, x[:2])
    for count, repeats in ((1, 5), (100, 1)):
        print(f"{_milliseconds(lattice, x[:count], repeats):.1f} ms a picture, {count} at once")
    x = x[:pictures]
    found = exact.posterior(lattice, x)
    near = torch.stack([_around(network, x, found, seed) for seed in range(3)])
    truth = near.logsumexp(dim=0) - math.log(len(near))
    print(f"Sobol points around the posterior: their own spread {near.std(dim=0).mean():.5f} nats")
    _difference("lattice - Sobol points around it", found.log_evidence - truth)
    print(f"stated error: {found.standard_error.mean():.4f} nats on average")
    inside, biases = [], []
    for seed in range(SEEDS):
        other = prior_lattice.decoded_lattice(network, points // 4, seed=seed)
        log_p, error = exact.log_evidence(other, x)
        inside.append((log_p - truth).abs() <= STUDENT * error)
        biases.append(log_p - truth)
    covered = torch.stack(inside).float().mean()
    print(f"{points // 4:,} points, {SEEDS} seeds: the 95 % interval covers {covered:.1%}")
    _difference("their differences", torch.stack(biases))
    halves = torch.stack([_of_prior(network, x, sobol // 2, seed) for seed in (0, 1)])
    both = halves.logsumexp(dim=0) - math.log(2)
    _difference(f"lattice - {sobol:,} Sobol points of the prior", found.log_evidence - both)
    print(f"half the difference of the two scrambles: {halves.diff(dim=0).abs().mean() / 2:.4f}")


def _difference(what: str, values: Tensor) -> None:
    mean, root = values.mean(), values.square().mean().sqrt()
    print(f"{what}: mean {mean:+.4f}, RMS {root:.4f}, largest {values.abs().max():.4f} nats")


def _milliseconds(lattice: prior_lattice.DecodedLattice, x: Tensor, repeats: int) -> float:
    """Median time a picture."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        exact.posterior(lattice, x)
        times.append((time.perf_counter() - start) * 1000 / len(x))
    return statistics.median(times)


def _around(
    network: LatentModel, x: Tensor, found: exact.ExactPosterior, seed: int, points: int = 2**13
) -> Tensor:
    """log p(x) (N,) by importance sampling with Gaussians wider than the posteriors."""
    sobol = torch.quasirandom.SobolEngine(found.mean.shape[1], True, seed)
    eps = torch.special.ndtri(sobol.draw(points).clamp(1e-7, 1 - 1e-7))
    prior = MultivariateNormal(torch.zeros_like(found.mean[0]), torch.eye(eps.shape[1]))
    result = []
    for n, picture in enumerate(x.flatten(1)):
        factor = torch.linalg.cholesky(2 * found.covariance[n])
        z = found.mean[n] + eps @ factor.T
        proposal = MultivariateNormal(found.mean[n], scale_tril=factor)
        likelihood = -network.pixel_nll(network.decode_raw(z), picture.expand(points, -1))
        weights = likelihood + prior.log_prob(z) - proposal.log_prob(z)
        result.append(weights.logsumexp(dim=0) - math.log(points))
    return torch.stack(result)


def _of_prior(network: LatentModel, x: Tensor, points: int, seed: int) -> Tensor:
    """log p(x) (N,) by Sobol points of the prior."""
    sobol = torch.quasirandom.SobolEngine(network.latent_dim, True, seed)
    total = torch.full((len(x),), -torch.inf)
    for _ in range(points // BATCH):
        z = torch.special.ndtri(sobol.draw(BATCH).clamp(1e-7, 1 - 1e-7))
        log_p = prior_lattice.pixel_log_likelihood(network, network.decode_raw(z), x.flatten(1))
        total = torch.logaddexp(total, log_p.logsumexp(dim=1))
    return total - math.log(points)


if __name__ == "__main__":
    tyro.cli(main)
