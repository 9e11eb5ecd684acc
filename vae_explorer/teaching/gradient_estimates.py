"""Two ways to estimate the gradient of an expectation, side by side.

The gradient of E_q[-log p(x|z)] with respect to a mean of q = N(mu, sigma^2). Pathwise: z is
written as mu + sigma eps, and the gradient flows through it (Kingma & Welling 2014, section 2.4).
Score function: z is only drawn, and each draw's loss weighs the gradient of log q(z) (Williams
1992, "Simple statistical gradient-following algorithms", REINFORCE), as it has to where no gradient
flows through the draw. R estimates of K draws each, D coordinates, nats per latent unit.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.models.latent_model import LatentModel


class Estimates(NamedTuple):
    """Estimates of one derivative, by two estimators from the same draws."""

    coordinate: int  # whose mean it is: the one that the picture's code tells most about
    pathwise: Tensor  # (R,)
    score: Tensor  # (R,)

    @property
    def ratio(self) -> float:
        """How many times as wide the score function's estimates are spread, by their deviations."""
        return float(self.score.std() / self.pathwise.std().clamp(min=1e-12))

    @property
    def draws_ratio(self) -> float:
        """How many times as many draws it needs for the same error."""
        return self.ratio**2


def estimates(
    model: LatentModel,
    x: Tensor,
    y: Tensor | None,
    generator: Generator,
    *,
    count: int = 40,
    draws: int = 8,
) -> Estimates:
    """`count` estimates of `draws` draws each, for a picture (1, C, H, W), R > 1.

    The model must be variational and differentiable.
    """
    with torch.no_grad():
        mu, logvar = model.encode(x, y)
    sigma = (0.5 * logvar).exp()
    coordinate = int(logvar.argmin())
    eps = torch.empty(draws, count, mu.shape[1]).normal_(generator=generator)
    means = mu.expand(count, -1).clone().requires_grad_()
    z = means + sigma * eps  # (K, R, D)
    labels = None if y is None else y.expand(draws * count)
    raw = model.decode_raw(z.flatten(0, 1), labels).unflatten(0, (draws, count))
    nll = model.pixel_nll(raw, x.flatten(1).expand_as(raw))  # (K, R)
    (pathwise,) = torch.autograd.grad(nll.mean(dim=0).sum(), means)
    score = (nll.detach().unsqueeze(2) * eps / sigma).mean(dim=0)
    return Estimates(coordinate, pathwise[:, coordinate], score[:, coordinate])
