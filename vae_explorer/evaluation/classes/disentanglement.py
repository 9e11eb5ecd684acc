"""How much single coordinates say of the class: mutual information, and the gap built on it.

Takes encoded sets; knows nothing of models, files or front ends. N pictures, D latent coordinates,
C classes, nats throughout.
"""

import torch
from torch import Generator, Tensor

from vae_explorer.evaluation.metrics import Score
from vae_explorer.models.checkpoints import EncodedSet

BINS = 32  # of equal mass, along each coordinate
SEED = 0  # of the draws that place them


def class_entropy(labels: Tensor) -> float:
    """Entropy of the class (N,), which is all that a code could carry of it."""
    shares = labels.bincount().double() / max(len(labels), 1)
    return -torch.special.xlogy(shares, shares).sum().item()


def class_information(encoded: EncodedSet, bins: int = BINS) -> Tensor:
    """I(z_j; class) of each coordinate, (D,): how much of the class one coordinate alone carries.

    z_j is drawn from the posteriors and only its bin is looked at, so each value is a lower bound;
    the mass of a bin is that of the posteriors, exactly. Counting a finite set in bins raises
    values, for posteriors without width by (C - 1) (bins - 1) / 2N.
    """
    mu, sigma = encoded.mu, (0.5 * encoded.logvar).exp()
    noise = torch.empty_like(mu).normal_(generator=Generator().manual_seed(SEED))
    ranks = torch.arange(1, bins) * len(mu) // bins
    edges = (mu + sigma * noise).sort(dim=0).values[ranks]  # (bins - 1, D)
    _, members, counts = encoded.labels.unique(return_inverse=True, return_counts=True)
    ends = torch.zeros(len(counts), 1, dtype=torch.float64)
    values = []
    for j in range(mu.shape[1]):
        below = torch.special.ndtr((edges[:, j] - mu[:, j, None]) / sigma[:, j, None])
        below = ends.expand(-1, bins - 1).index_add(0, members, below.double()) / counts[:, None]
        mass = torch.cat([ends, below, ends + 1], dim=1).diff(dim=1).clamp(min=0)  # (C, bins)
        whole = counts.double() @ mass / len(mu)
        information = torch.special.xlogy(mass, mass) - torch.special.xlogy(mass, whole)
        values.append(counts.double() @ information.sum(dim=1) / len(mu))
    return torch.stack(values).clamp(min=0).float()


def class_scores(encoded: EncodedSet) -> dict[str, Score]:
    """How much of the class the best coordinate carries, and how much more than the second best.

    The latter is the mutual information gap of Chen et al. 2018 (arXiv:1802.04942, section 4.1)
    for the one factor that is labelled. Nothing where there is but one class.
    """
    entropy = class_entropy(encoded.labels)
    if entropy < 1e-9:
        return {}
    nats = class_information(encoded)
    best = torch.cat([nats, nats.new_zeros(1)]).topk(2).values / entropy  # one coordinate: gap to 0
    about = (
        f"of the class's {entropy:.2f} nats over {len(encoded.mu):,} {encoded.split} images, "
        f"posteriors in {BINS} bins of equal mass"
    )
    gap = "less the share of the second best: the gap for this one factor, as no other is labelled"
    return {
        "class_told": Score(best[0].item(), None, f"share that one coordinate tells {about}"),
        "class_gap": Score(
            (best[0] - best[1]).item(), None, f"share that one tells {about}, {gap}"
        ),
    }
