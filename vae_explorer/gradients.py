"""The gradient of the ELBO of a plain MLP, written out, in bfloat16: the fastest step on a CPU.

For models of this size autograd and autocast cost as much as the arithmetic they arrange. What
`fits` does not cover is left to them. The sums are those of `losses.elbo` and its backward pass, as
autocast would do them: products and activations in bfloat16, likelihood, KL, Fourier features and
the narrow layers beside the codes in float32. B pictures, D latent coordinates, P pixels.
"""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from .config import TrainConfig
from .losses import Loss, kl_divergence
from .model import LOGVAR_RANGE, VAE
from .operations import FourierFeatures

HALF = torch.bfloat16
NARROW = 64  # layers this narrow cost nothing, and codes rounded to bfloat16 cost half a nat


def fits(config: TrainConfig) -> bool:
    """Whether `elbo_gradients` knows this objective and every operation of this model."""
    model = config.model
    plain = not (model.convolutions or model.residual or model.dropout)
    usual = config.objective == "elbo" and config.samples == 1 and model.likelihood == "bernoulli"
    return plain and usual and config.precision == "bfloat16"


def elbo_gradients(
    model: VAE,
    x: Tensor,
    y: Tensor | None,
    *,
    generator: Generator | None,
    seen: Tensor | None,
    beta: float,
    free_bits: float,
    frozen: int,
) -> Loss:
    """Put the gradient of `losses.elbo` into every parameter's .grad, and tell the loss.

    Takes what `elbo` takes; x (B, 1, S, S). The decoder learns nothing from the first `frozen`
    pictures, and their parts of the loss are not told.
    """
    with torch.no_grad():
        return _elbo_gradients(model, x, y, generator, seen, beta, free_bits, frozen)


def _elbo_gradients(model, x, y, generator, seen, beta, free_bits, frozen) -> Loss:
    x = x.flatten(1)
    label = None if y is None else F.one_hot(y.long(), model.config.classes)
    encoder, decoder = _Chain(model.encoder), _Chain(model.decoder)
    mean, count = _Chain([model.mean_layer]), len(x)
    hidden = encoder.forward(_joined(x if seen is None else seen.flatten(1), label))
    mu = mean.forward(hidden).float()
    kl, eps, sigma = torch.zeros_like(mu), 0.0, 0.0
    if model.config.variational:
        spread = _Chain([model.log_variance_layer])
        raw = spread.forward(hidden).float()
        logvar = raw.clamp(*LOGVAR_RANGE)
        kl, sigma = kl_divergence(mu, logvar), (0.5 * logvar).exp()
        eps = torch.empty_like(mu).normal_(generator=generator)
    features = _Features(model.decoder[0], _joined(mu + sigma * eps, label))
    logits = decoder.forward(features.values).float()
    p = logits.sigmoid()
    reconstruction = (logits.clamp(min=0) - torch.maximum(p, 1 - p).log_() - x * logits).sum(dim=1)
    paid = kl.mean(dim=0)  # (D,)

    to_features = decoder.backward((p - x).mul_(1 / count), frozen)
    to_z = features.backward(to_features.float())[:, : mu.shape[1]]
    to_hidden = to_mu = to_z
    if model.config.variational:
        weight = beta / count * (paid > free_bits)  # (D,)
        to_mu = to_z + weight * mu
        to_logvar = 0.5 * (to_z * eps * sigma + weight * (sigma.square() - 1))
        to_hidden = spread.backward(to_logvar * (raw == logvar))
    to_hidden = mean.backward(to_mu) + (to_hidden if model.config.variational else 0)
    encoder.backward(to_hidden, inputs=False)

    loss = reconstruction.mean() + beta * paid.clamp(min=free_bits).sum()
    told = slice(frozen if frozen < count else 0, None)
    return Loss(loss, reconstruction[told], kl[told])


class _Chain:
    """Linear layers with activations between them, forward and back; keeps what back needs."""

    def __init__(self, layers):
        self.layers = [layer for layer in layers if not isinstance(layer, FourierFeatures)]
        self.kept: list[tuple[Tensor, Tensor]] = []

    def forward(self, v: Tensor) -> Tensor:
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                dtype = torch.float32 if min(layer.weight.shape) <= NARROW else HALF
                v, weight = v.to(dtype), layer.weight.to(dtype)
                self.kept.append((v, weight))
                v = F.linear(v, weight, layer.bias.to(dtype))
            else:
                self.kept.append((v, v))
                v = layer(v)
        return v

    def backward(self, g: Tensor, frozen: int = 0, inputs: bool = True) -> Tensor:
        """From the gradient of the result to that of the input; weights learn from all but the
        first `frozen` rows. Without `inputs` the last product, which nobody needs, is spared.
        """
        for layer, (v, weight) in zip(reversed(self.layers), reversed(self.kept), strict=True):
            g = g.to(v.dtype)
            match layer:
                case nn.Linear():
                    layer.weight.grad = (g[frozen:].T @ v[frozen:]).float()
                    layer.bias.grad = g[frozen:].sum(dim=0, dtype=torch.float32)
                    if inputs or layer is not self.layers[0]:
                        g = g @ weight
                case nn.GELU():
                    g = torch.ops.aten.gelu_backward(g, v)
                case nn.LeakyReLU():
                    g = torch.ops.aten.leaky_relu_backward(g, v, layer.negative_slope, False)
                case nn.ReLU():
                    g = torch.ops.aten.threshold_backward(g, v, 0)
        return g


class _Features:
    """The Fourier features in front of a decoder, or nothing where it has none."""

    def __init__(self, first: nn.Module, v: Tensor):
        self.values, self.frequencies = v, getattr(first, "frequencies", None)
        if self.frequencies is not None:
            phase = v[:, : len(self.frequencies)] @ self.frequencies
            self.sin, self.cos = phase.sin(), phase.cos()
            self.values = torch.cat([v, self.sin, self.cos], dim=1)

    def backward(self, g: Tensor) -> Tensor:
        """The gradient with respect to z, in the first columns."""
        if self.frequencies is None:
            return g
        plain = g.shape[1] - 2 * self.sin.shape[1]
        to_sin, to_cos = g[:, plain:].chunk(2, dim=1)
        to_phase = to_sin * self.cos - to_cos * self.sin
        return g[:, : len(self.frequencies)] + to_phase @ self.frequencies.T


def _joined(v: Tensor, label: Tensor | None) -> Tensor:
    return v if label is None else torch.cat([v, label.to(v.dtype)], dim=1)
