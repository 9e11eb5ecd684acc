"""The gradient of the ELBO of a plain MLP, written out, in bfloat16: the fastest step on a CPU.

For models of this size autograd and autocast cost as much as the arithmetic they arrange. What
`fits` does not cover is left to them. The sums are those of `batch_loss` and its backward pass, as
autocast would do them: products and activations in bfloat16, likelihood, KL, Fourier features and
the narrow layers beside the codes in float32. B pictures, D latent coordinates, P pixels.
"""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.models.latent_model import LOGVAR_RANGE
from vae_explorer.models.likelihoods import kl_divergence
from vae_explorer.models.operations.modules import FourierFeatures
from vae_explorer.models.vae import VAE
from vae_explorer.training.objective.losses import Loss

HALF = torch.bfloat16
NARROW = 64  # layers this narrow cost nothing, and codes rounded to bfloat16 cost half a nat


def fits(config: TrainConfig, objective: str) -> bool:
    """Whether `ElboGradients` knows this objective and every operation of this model."""
    model = config.model
    if not isinstance(model, ModelConfig):
        return False
    plain_model = not (
        model.convolutions or model.decoder_convolutions or model.residual or model.dropout
    )
    plain_elbo = objective == "elbo" and config.samples == 1
    bernoulli = model.likelihood == "bernoulli"
    return plain_model and plain_elbo and bernoulli and config.precision == "bfloat16"


class ElboGradients:
    """The gradient of the ELBO for one model, batch after batch.

    Weights in bfloat16 and gradients stay in their own memory from step to step: to ask the system
    for as much anew costs a quarter of the step.
    """

    def __init__(self, model: VAE):
        self.model = model
        self.encoder, self.decoder = _Chain(model.encoder), _Chain(model.decoder)
        self.mean = _Chain([model.mean_layer])
        self.log_variance = _Chain([model.log_variance_layer] if model.config.variational else [])

    @torch.no_grad()
    def __call__(
        self,
        x: Tensor,
        y: Tensor | None,
        *,
        generator: Generator | None,
        encoder_input: Tensor | None,
        beta: float,
        free_bits: float,
        frozen: int,
    ) -> Loss:
        """Put the gradient into every parameter's .grad, in place of what was there; the loss.

        Takes what `losses.batch_loss` takes; x (B, C, H, W). The decoder learns nothing from the
        first `frozen` pictures, and their terms are left out.
        """
        variational, count = self.model.config.variational, len(x)
        x = x.flatten(1)
        label = None if y is None else F.one_hot(y.long(), self.model.config.classes)
        shown = x if encoder_input is None else encoder_input.flatten(1)
        hidden = self.encoder.forward(_with_label(shown, label))
        mu = self.mean.forward(hidden).float()
        kl = eps = sigma = raw = logvar = torch.zeros_like(mu)
        if variational:
            raw = self.log_variance.forward(hidden).float()
            logvar = raw.clamp(*LOGVAR_RANGE)
            kl, sigma = kl_divergence(mu, logvar), (0.5 * logvar).exp()
            eps = torch.empty_like(mu).normal_(generator=generator)
        features = _Features(self.model.decoder[0], _with_label(mu + sigma * eps, label))
        logits = self.decoder.forward(features.values).float()
        p = logits.sigmoid()
        reconstruction = (logits.clamp(min=0) - torch.maximum(p, 1 - p).log_() - x * logits).sum(1)
        mean_kl = kl.mean(dim=0)  # (D,)

        to_features = self.decoder.backward((p - x).mul_(1 / count), frozen)
        to_z = features.backward(to_features.float())[:, : mu.shape[1]]
        to_mu = to_z
        if variational:
            weight = beta / count * (mean_kl > free_bits)  # (D,)
            to_mu = to_z + weight * mu
            to_logvar = 0.5 * (to_z * eps * sigma + weight * (sigma.square() - 1))
            to_hidden = self.mean.backward(to_mu) + self.log_variance.backward(
                to_logvar * (raw == logvar)
            )
        else:
            to_hidden = self.mean.backward(to_mu)
        self.encoder.backward(to_hidden, to_inputs=False)

        loss = reconstruction.mean() + beta * mean_kl.clamp(min=free_bits).sum()
        reported = slice(frozen if frozen < count else 0, None)
        return Loss(loss, reconstruction[reported], kl[reported])


class _Chain:
    """Linear layers with activations between them, forward and back; remembers what back needs."""

    def __init__(self, layers):
        self.layers = [layer for layer in layers if not isinstance(layer, FourierFeatures)]
        self.weights = [_as_computed(layer) for layer in self.layers]
        self.inputs: list[Tensor] = []  # of each layer

    def forward(self, v: Tensor) -> Tensor:
        self.inputs.clear()
        for layer, weight in zip(self.layers, self.weights, strict=True):
            if weight is not None:
                weight.copy_(layer.weight)
                v = v.to(weight.dtype)
            self.inputs.append(v)
            v = layer(v) if weight is None else F.linear(v, weight, layer.bias.to(weight.dtype))
        return v

    def backward(self, g: Tensor, frozen: int = 0, to_inputs: bool = True) -> Tensor:
        """From the gradient of the result to that of the input; weights learn from all but the
        first `frozen` rows. Without `to_inputs` the last product, which nobody needs, is spared.
        """
        together = zip(*map(reversed, (self.layers, self.weights, self.inputs)), strict=True)
        for layer, weight, v in together:
            g = g.to(v.dtype)
            match layer:
                case nn.Linear():
                    _put_gradient(layer.weight, g[frozen:].T @ v[frozen:])
                    _put_gradient(layer.bias, g[frozen:].sum(dim=0, dtype=torch.float32))
                    if to_inputs or layer is not self.layers[0]:
                        g = g @ weight
                case nn.GELU():
                    g = torch.ops.aten.gelu_backward(g, v)
                case nn.LeakyReLU():
                    g = torch.ops.aten.leaky_relu_backward(g, v, layer.negative_slope, False)
                case nn.ReLU():
                    g = torch.ops.aten.threshold_backward(g, v, 0)
        return g


def _as_computed(layer: nn.Module) -> Tensor | None:
    """Room for the weight of a linear layer in the type it computes in; None for an activation."""
    if not isinstance(layer, nn.Linear):
        return None
    narrow = min(layer.weight.shape) <= NARROW
    return torch.empty_like(layer.weight, dtype=torch.float32 if narrow else HALF)


def _put_gradient(weight: Tensor, gradient: Tensor) -> None:
    if weight.grad is None:
        weight.grad = torch.empty_like(weight)
    weight.grad.copy_(gradient)


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


def _with_label(v: Tensor, label: Tensor | None) -> Tensor:
    return v if label is None else torch.cat([v, label.to(v.dtype)], dim=1)
