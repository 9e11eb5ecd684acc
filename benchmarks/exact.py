"""Exact log p(x) of test pictures by a shipped model: against Sobol points, its error, its time.

    python benchmarks/exact.py [--model mnist-3d] [--points 65536] [--pictures 1000]

The pictures are MNIST's, binarised, where they are on this disk; else decoded from the model's own
encoded test set, which is easier. Two references, each in two scrambles whose difference is its own
error: Sobol points of the prior, of which few fall within a posterior; and the same together with
Sobol points through Gaussians around each posterior, all weighed by the density of all. Those
Gaussians are fitted by another lattice than the one that is judged. Runs on one thread, some
minutes.
"""

import math
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import torch
import tyro
from torch import Generator, Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.data.datasets import available, binarize, load_dataset, to_unit
from vae_explorer.latent import exact
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.latent.lattice.proposals import Gaussians, features_of
from vae_explorer.models.checkpoints import SUFFIX, Checkpoint, load_checkpoint
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.training.runs.model_library import SHIPPED

STUDENT = 2.365  # 95 % of Student's t with 7 degrees of freedom: of 8 shifts
BATCH = 4_096
WIDER = (1.5, 5.0)  # variances of the reference's Gaussians by that of the posterior
AROUND = 512  # points of each of them and of each scramble


class Reference(NamedTuple):
    """log p(x) (N,) by one scramble."""

    of_prior: Tensor  # by Sobol points of the prior alone
    joined: Tensor  # by these and by those around the posteriors


def main(
    model: str = "mnist-3d", points: int = 2**16, pictures: int = 1_000, sobol: int = 2**20
) -> None:
    """Print accuracy, coverage and times."""
    torch.set_num_threads(1)
    checkpoint = load_checkpoint(SHIPPED / f"{model}{SUFFIX}")
    network = checkpoint.model
    with torch.inference_mode():
        x, what = _pictures(checkpoint, max(100, pictures))
        lattice = prior_lattice.decoded_lattice(network, points, seed=1_000)
        _times(lattice, x)
        x = x[:pictures]
        found = exact.posterior(lattice, x)
        del lattice
        other = exact.posterior(prior_lattice.decoded_lattice(network, points, seed=2_000), x)
        halves = [_reference(network, x, other, sobol // 2, seed) for seed in (0, 1)]
    print(f"{len(x):,} {what}, {points:,} lattice points")
    _judge(f"{sobol:,} Sobol points of the prior", found, [half.of_prior for half in halves])
    _judge("the same and points around each posterior", found, [half.joined for half in halves])


def _pictures(checkpoint: Checkpoint, count: int) -> tuple[Tensor, str]:
    """Binarised pictures (N, C, H, W), and what they are."""
    name = checkpoint.dataset or "mnist"
    if available(name):
        images = load_dataset(name, choice=checkpoint.picture_reading).test.images[:count]
        x, what = to_unit(images), f"test pictures of {name}"
    else:
        assert checkpoint.encoded is not None
        x = checkpoint.model.decode(checkpoint.encoded.mu[:count])
        what = "pictures decoded from the model's encoded test set"
    return binarize(x, Generator().manual_seed(0)), what


def _times(lattice: prior_lattice.DecodedLattice, x: Tensor) -> None:
    """Print the median time a picture."""
    exact.posterior(lattice, x[:2])
    for count, repeats in ((1, 5), (100, 3)):
        times = []
        for n in range(repeats):
            start = time.perf_counter()
            exact.posterior(lattice, x[n : n + 1] if count == 1 else x[:count])
            times.append((time.perf_counter() - start) * 1000 / count)
        print(f"{statistics.median(times):.1f} ms a picture, {count} at once")


def _judge(what: str, found: exact.ExactPosterior, halves: list[Tensor]) -> None:
    """Print how far the lattice is from a reference, and how often its interval holds that."""
    difference = found.log_evidence - (torch.stack(halves).logsumexp(dim=0) - math.log(2)).float()
    own = (halves[0] - halves[1]).square().mean().sqrt().item() / 2
    root, error = difference.square().mean().sqrt().item(), found.standard_error
    inside = (difference.abs() <= STUDENT * error).float().mean()
    print(
        f"lattice - {what}: mean {difference.mean():+.4f}, RMS {root:.4f}, 95 % within "
        f"{difference.abs().quantile(0.95):.3f}, largest {difference.abs().max():.3f} nats"
    )
    print(
        f"  that reference's own error (half the difference of its scrambles): RMS {own:.4f}; "
        f"without it {math.sqrt(max(0.0, root**2 - own**2)):.4f}"
    )
    print(
        f"  stated error: {error.mean():.4f} on average, RMS {error.square().mean().sqrt():.4f}; "
        f"its 95 % interval holds the reference {inside:.1%} of the time"
    )


def _reference(
    network: LatentModel, x: Tensor, found: exact.ExactPosterior, points: int, seed: int
) -> Reference:
    """By so many Sobol points of the prior, and by them and points around the posteriors."""
    floor = 1e-8 * torch.eye(network.latent_dim)
    wide = [
        Gaussians(found.mean.unsqueeze(1), _factor(s * found.covariance + floor)) for s in WIDER
    ]
    plain = torch.full((len(x),), -torch.inf).double()
    joined = plain.clone()
    sobol = torch.quasirandom.SobolEngine(network.latent_dim, True, seed)
    for _ in range(points // BATCH):
        z = _normal(sobol.draw(BATCH))
        log_p = network.log_likelihoods(network.decode_raw(z), x.flatten(1))
        features = features_of(z).unsqueeze(0)
        ratios = [each.ratio_at_all(features)[0] for each in wide]
        density = points + AROUND * (ratios[0] + ratios[1])
        plain = torch.logaddexp(plain, log_p.logsumexp(dim=1))
        joined = torch.logaddexp(joined, (log_p - density.log()).logsumexp(dim=1))
    for n, picture in enumerate(x.flatten(1)):
        z = torch.cat([_around(each, n, 2 * seed + i) for i, each in enumerate(wide)])
        log_p = network.log_likelihoods(network.decode_raw(z), picture.unsqueeze(0))[0]
        ratios = [_of(each, n).ratio(z.view(1, 1, *z.shape))[0, 0] for each in wide]
        density = points + AROUND * (ratios[0] + ratios[1])
        joined[n] = torch.logaddexp(joined[n], (log_p - density.log()).double().logsumexp(dim=0))
    return Reference(plain - math.log(points), joined)


def _factor(covariance: Tensor) -> Tensor:
    return torch.linalg.cholesky(covariance).unsqueeze(1)


def _of(gaussians: Gaussians, n: int) -> Gaussians:
    return Gaussians(gaussians.mean[n : n + 1], gaussians.cholesky[n : n + 1])


def _around(gaussians: Gaussians, n: int, seed: int) -> Tensor:
    """Points (AROUND, D) of a picture's Gaussian, scrambled for it alone."""
    dims = gaussians.mean.shape[2]
    sobol = torch.quasirandom.SobolEngine(dims, True, 10_000 * seed + n)
    return _of(gaussians, n).points(_normal(sobol.draw(AROUND)).view(1, 1, AROUND, dims))[0, 0]


def _normal(cube: Tensor) -> Tensor:
    return torch.special.ndtri(cube.clamp(1e-7, 1 - 1e-7))


if __name__ == "__main__":
    tyro.cli(main)
